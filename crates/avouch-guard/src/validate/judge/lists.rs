//! Lists, and values that are compared as a whole.

use super::super::cursor::Stop;
use super::{Judge, Role, Step, index};
use avouch_model::schema::Kind;
use serde_json::Value;
use std::collections::HashSet;
use std::fmt::Write as _;

impl Judge<'_, '_> {
    pub(super) fn list(&mut self, start: usize, depth: usize) -> Result<(), Stop> {
        if depth >= self.bounds.depth_max {
            return Err(Stop::Beyond("it is nested too deep"));
        }
        let from = self.cursor.at();
        self.cursor.expect(b'[')?;
        let mut unique = false;
        self.each(start, |judge, at, shape| {
            if judge.may_be(at, shape, Kind::Array) {
                unique |= shape.list.as_ref().is_some_and(|rules| rules.unique);
            }
        });
        let mut items = Vec::new();
        let mut count = 0;
        self.cursor.skip_space();
        if !self.cursor.take(b']') {
            loop {
                let began = self.item(start, depth, count)?;
                if unique {
                    items.push(self.cursor.since(began));
                }
                count += 1;
                if count > self.bounds.array_items_max {
                    return Err(Stop::Beyond("a list has too many items"));
                }
                self.cursor.skip_space();
                if self.cursor.take(b']') {
                    break;
                }
                self.cursor.expect(b',')?;
            }
        }
        let repeats = unique && repeats(&items);
        self.each(start, |judge, at, shape| {
            let Some(rules) = &shape.list else { return };
            let length = count as u64;
            if length < rules.items_min {
                judge.fail(at, format!("has fewer than {} items", rules.items_min));
            }
            if let Some(max) = rules.items_max.filter(|max| length > *max) {
                judge.fail(at, format!("has more than {max} items"));
            }
            if rules.unique && repeats {
                judge.fail(at, "holds two equal items");
            }
        });
        self.tree(start, from);
        Ok(())
    }

    /// Reads an item; where it began.
    fn item(&mut self, start: usize, depth: usize, count: usize) -> Result<usize, Stop> {
        self.cursor.skip_space();
        let began = self.cursor.at();
        let inside = self.judgings.len();
        for at in start..inside {
            let Some(judging) = self.judgings.get(at).copied() else { continue };
            let shape = self.shapes.get(judging.shape as usize);
            let Some(rules) = shape.and_then(|shape| shape.list.as_ref()) else { continue };
            let shape = rules.places.get(count).copied().or(rules.rest);
            if let Some(shape) = shape.filter(|_| judging.same_as == super::NONE) {
                self.add(inside, shape, index(at), Role::Inside, judging.loud);
            }
        }
        self.path.push(Step::Index(count));
        self.value(inside, depth + 1)?;
        self.path.pop();
        Ok(began)
    }
}

/// Whether two items are equal. What cannot be told is taken to be.
fn repeats(items: &[&str]) -> bool {
    let mut seen = HashSet::with_capacity(items.len());
    !items.iter().all(|item| canonical(item).is_some_and(|item| seen.insert(item)))
}

/// A value written so that equal values are written alike: names sorted, `1.0` as `1`.
pub(super) fn canonical(raw: &str) -> Option<String> {
    let value: Value = serde_json::from_str(raw).ok()?;
    let mut out = String::with_capacity(raw.len());
    write(&value, &mut out);
    Some(out)
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => {
            // Whole numbers that a float holds exactly are written as such.
            const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
            let float = number.as_f64().filter(|_| number.is_f64());
            let _ = match float {
                Some(float) if float.fract() == 0.0 && float.abs() <= EXACT_MAX => {
                    write!(out, "{float:.0}")
                }
                _ => write!(out, "{number}"),
            };
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in entries {
                let _ = write!(out, "{name:?}:");
                write(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {
            let _ = write!(out, "{value}");
        }
    }
}
