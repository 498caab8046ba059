//! Texts, numbers, yes and no, nothing.

use super::super::cursor::{Stop, Text};
use super::super::shape::{NumberRules, Shape, TextRules};
use super::Judge;
use avouch_model::schema::Kind;
use std::borrow::Cow;

/// What is said of a value whose type may not stand there.
pub(super) const WRONG_TYPE: &str = "is of a type that may not stand here";
/// What is said of a value that is none of those that are allowed.
const NOT_ALLOWED: &str = "is none of the values that may stand here";

impl<'s> Judge<'s, '_> {
    /// Whether that type may stand where a shape speaks; notes it when not.
    pub(super) fn may_be(&mut self, at: usize, shape: &Shape, kind: Kind) -> bool {
        let may = !shape.never && shape.kinds.has(kind);
        if !may {
            self.fail(at, WRONG_TYPE);
        }
        may
    }

    pub(super) fn text(&mut self, start: usize) -> Result<(), Stop> {
        let text = self.cursor.string()?;
        if text.raw.len() > self.bounds.string_bytes_max {
            return Err(Stop::Beyond("a text is too long"));
        }
        self.each(start, |judge, at, shape| {
            if judge.may_be(at, shape, Kind::String) {
                judge.judge_text(at, shape, text);
            }
        });
        Ok(())
    }

    fn judge_text(&mut self, at: usize, shape: &'s Shape, text: Text<'_>) {
        if shape.text.is_none() && shape.allowed.is_none() {
            return;
        }
        let text = text.decoded();
        if let Some(allowed) = &shape.allowed
            && !allowed.texts.iter().any(|one| **one == *text)
        {
            self.fail(at, NOT_ALLOWED);
        }
        if let Some(because) = shape.text.as_ref().and_then(|rules| broken(rules, &text)) {
            self.fail(at, because);
        }
    }

    pub(super) fn number(&mut self, start: usize) -> Result<(), Stop> {
        let raw = self.cursor.number()?;
        let number: f64 = raw.parse().map_err(|_| Stop::Malformed)?;
        if !number.is_finite() {
            return Err(Stop::Beyond("a number is too great"));
        }
        let written_whole = !raw.contains(['.', 'e', 'E']);
        let whole = written_whole || number.fract() == 0.0;
        self.each(start, |judge, at, shape| {
            let kind = if whole { Kind::Integer } else { Kind::Number };
            if !judge.may_be(at, shape, kind) {
                return;
            }
            if let Some(allowed) = &shape.allowed
                && !allowed.numbers.contains(&number)
            {
                judge.fail(at, NOT_ALLOWED);
            }
            let rules = shape.number.as_ref();
            if let Some(because) = rules.and_then(|rules| out_of(rules, raw, number, whole)) {
                judge.fail(at, because);
            }
        });
        Ok(())
    }

    pub(super) fn boolean(&mut self, start: usize, yes: bool) -> Result<(), Stop> {
        self.cursor.word(if yes { "true" } else { "false" })?;
        self.each(start, |judge, at, shape| {
            let allowed = shape.allowed.as_ref();
            if judge.may_be(at, shape, Kind::Boolean)
                && allowed.is_some_and(|allowed| !(if yes { allowed.yes } else { allowed.no }))
            {
                judge.fail(at, NOT_ALLOWED);
            }
        });
        Ok(())
    }

    pub(super) fn null(&mut self, start: usize) -> Result<(), Stop> {
        self.cursor.word("null")?;
        self.each(start, |judge, at, shape| {
            if judge.may_be(at, shape, Kind::Null)
                && shape.allowed.as_ref().is_some_and(|allowed| !allowed.null)
            {
                judge.fail(at, NOT_ALLOWED);
            }
        });
        Ok(())
    }

    /// Judges a list or an object, which was just read from that place on, by the values that are
    /// allowed.
    pub(super) fn tree(&mut self, start: usize, from: usize) {
        let raw = self.cursor.since(from);
        let mut read = None;
        self.each(start, |judge, at, shape| {
            let Some(allowed) = &shape.allowed else { return };
            let value = read.get_or_insert_with(|| super::lists::canonical(raw));
            let is = |tree: &serde_json::Value| {
                value.is_some() && super::lists::canonical(&tree.to_string()) == *value
            };
            if !allowed.trees.iter().any(is) {
                judge.fail(at, NOT_ALLOWED);
            }
        });
    }
}

/// What is wrong with a text.
fn broken(rules: &TextRules, text: &str) -> Option<Cow<'static, str>> {
    if rules.length_min.is_some() || rules.length_max.is_some() {
        let bytes = text.len() as u64;
        let length = if text.is_ascii() { bytes } else { text.chars().count() as u64 };
        if let Some(min) = rules.length_min.filter(|min| length < *min) {
            return Some(format!("has fewer than {min} characters").into());
        }
        if let Some(max) = rules.length_max.filter(|max| length > *max) {
            return Some(format!("has more than {max} characters").into());
        }
    }
    if rules.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
        return Some("does not have the form that is described".into());
    }
    let format = rules.format.filter(|format| !format.holds(text))?;
    Some(format.because().into())
}

/// What is wrong with a number.
fn out_of(rules: &NumberRules, raw: &str, number: f64, whole: bool) -> Option<Cow<'static, str>> {
    if rules.minimum.is_some_and(|min| number < min) {
        return Some("is less than described".into());
    }
    if rules.maximum.is_some_and(|max| number > max) {
        return Some("is greater than described".into());
    }
    if rules.whole.is_none() && rules.multiple_of.is_none() {
        return None;
    }
    let exact = raw.parse::<i128>().ok();
    if let Some((min, max)) = rules.whole {
        // Written with a fraction or exponent it may be whole, and then is small enough to be exact.
        #[expect(clippy::cast_precision_loss, reason = "the bound is compared, not computed with")]
        let fits = match exact {
            Some(exact) => (i128::from(min)..=i128::from(max)).contains(&exact),
            None => whole && number >= min as f64 && number < max as f64,
        };
        if !fits {
            return Some("does not fit its format".into());
        }
    }
    let of = rules.multiple_of?;
    let divides = match exact {
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and too great saturates")]
        Some(exact) if of.fract() == 0.0 && of >= 1.0 => exact % (of as i128) == 0,
        _ => {
            let times = number / of;
            (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
        }
    };
    (!divides).then(|| "is no multiple of what is described".into())
}
