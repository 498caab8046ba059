//! Shapes of values that were seen.
//!
//! A shape learnt from examples says what was there each time and of which type. It forbids nothing.

use super::secrets;
use avouch_model::schema::{Additional, Kind, Schema};
use serde_json::Value;
use std::sync::Arc;

/// Values that are in each other.
// LIMIT: 24 levels.
const DEPTH_MAX: u32 = 24;
/// Properties of one object; one that has more is a table whose names are values.
// LIMIT: 200 properties.
const PROPERTIES_MAX: usize = 200;
/// Items of one list that are looked at.
// LIMIT: 20 items.
const ITEMS_MAX: usize = 20;
/// Examples of one place that are kept.
// LIMIT: 4 examples of at most 400 bytes.
const EXAMPLES_MAX: usize = 4;
const EXAMPLE_BYTES_MAX: usize = 400;
/// Values of one recording that are learnt from.
// LIMIT: 2 million values.
pub(super) const VALUES_MAX: u64 = 2_000_000;

/// Stands in a text for what a recording does not hold, such as a variable without a value.
pub(crate) const UNKNOWN: char = '\u{e000}';

/// A place in a value.
#[derive(Clone, Copy)]
struct At<'a> {
    name: &'a str,
    /// Whether something around it is secret.
    secret: bool,
    depth: u32,
}

/// Learns shapes, while its budget lasts.
#[derive(Debug)]
pub(super) struct Learner {
    left: u64,
    /// Whether values become examples.
    pub(super) keeps_examples: bool,
}

impl Learner {
    pub(super) fn new() -> Self {
        Self { left: VALUES_MAX, keeps_examples: true }
    }

    /// Adds a value to a shape; `first` says that the shape is empty so far.
    pub(super) fn learn(&mut self, name: &str, schema: &mut Schema, value: &Value, first: bool) {
        self.at(At { name, secret: false, depth: 0 }, schema, value, first);
    }

    fn at(&mut self, at: At<'_>, schema: &mut Schema, value: &Value, first: bool) {
        if self.left == 0 || at.depth > DEPTH_MAX {
            return;
        }
        self.left -= 1;
        let At { name, depth, .. } = at;
        // What is inside of something secret is secret.
        let secret = at.secret || secrets::is_name(name);
        let below = |name| At { name, secret, depth: depth + 1 };
        let kind = kind(value);
        if !schema.kinds.contains(&kind) {
            schema.kinds.push(kind);
            schema.kinds.sort();
        }
        match value {
            Value::Object(members) => {
                schema.additional = Additional::Allowed;
                if first {
                    schema.required = members.keys().take(PROPERTIES_MAX).cloned().collect();
                    schema.required.sort();
                } else {
                    schema.required.retain(|name| members.contains_key(name));
                }
                for (name, member) in members {
                    let full = schema.properties.len() >= PROPERTIES_MAX;
                    if full && !schema.properties.contains_key(name) {
                        continue;
                    }
                    let fresh = !schema.properties.contains_key(name);
                    let property = schema.properties.entry(name.clone()).or_default();
                    self.at(below(name), Arc::make_mut(property), member, fresh);
                }
            }
            Value::Array(items) => {
                for item in items.iter().take(ITEMS_MAX) {
                    let fresh = schema.items.is_none();
                    let shape = schema.items.get_or_insert_default();
                    self.at(below(name), Arc::make_mut(shape), item, fresh);
                }
            }
            Value::String(text) => self.text(name, secret, schema, text, first),
            Value::Bool(_) | Value::Number(_) if !secret => {
                self.example(schema, value);
            }
            _ => (),
        }
    }

    fn text(&self, name: &str, secret: bool, schema: &mut Schema, text: &str, first: bool) {
        let format = format(text);
        if first {
            schema.format = format.map(str::to_owned);
        } else if schema.format.as_deref() != format {
            schema.format = None;
        }
        if secret {
            schema.format =
                Some("password".to_owned()).filter(|_| name.to_lowercase().contains("pass"));
        } else if !secrets::is_value(text) && !text.contains(UNKNOWN) {
            self.example(schema, &Value::String(text.to_owned()));
        }
    }

    fn example(&self, schema: &mut Schema, value: &Value) {
        let long = value.as_str().is_some_and(|text| text.len() > EXAMPLE_BYTES_MAX);
        let known = schema.examples.contains(value);
        if self.keeps_examples && !long && !known && schema.examples.len() < EXAMPLES_MAX {
            schema.examples.push(value.clone());
        }
    }
}

/// Whether a value may be sent as it is: nothing in it is secret or unknown.
pub(super) fn may_be_sent(name: &str, value: &Value, depth: u32) -> bool {
    !holds(name, value, depth, &|text| secrets::is_value(text) || text.contains(UNKNOWN))
}

/// Whether there is something secret in a value.
pub(super) fn holds_secret(name: &str, value: &Value, depth: u32) -> bool {
    holds(name, value, depth, &secrets::is_value)
}

fn holds(name: &str, value: &Value, depth: u32, is: &impl Fn(&str) -> bool) -> bool {
    match value {
        _ if depth > DEPTH_MAX => true,
        Value::Null => false,
        Value::String(text) if text.starts_with(UNKNOWN) => is(text),
        _ if secrets::is_name(name) => true,
        Value::String(text) => is(text),
        Value::Array(items) => items.iter().any(|item| holds(name, item, depth + 1, is)),
        Value::Object(members) => {
            members.iter().any(|(name, member)| holds(name, member, depth + 1, is))
        }
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Boolean,
        Value::Number(number) if number.is_f64() => Kind::Number,
        Value::Number(_) => Kind::Integer,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    }
}

/// A format that a text plainly has.
pub(super) fn format(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let digit_at = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let is_date = bytes.len() >= 10
        && [0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit_at)
        && is(4, b'-')
        && is(7, b'-');
    let is_uuid = bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    match text {
        _ if is_uuid => Some("uuid"),
        _ if is_date && bytes.len() == 10 => Some("date"),
        _ if is_date && is(10, b'T') => Some("date-time"),
        _ if text.starts_with("http://") || text.starts_with("https://") => Some("uri"),
        _ => text
            .split_once('@')
            .filter(|(who, host)| {
                !who.is_empty() && host.contains('.') && !text.contains([' ', ','])
            })
            .map(|_| "email"),
    }
}

/// A text that travelled in a path, a query or a form, as the value it most likely is.
pub(super) fn typed(text: &str) -> Value {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = digits == "0" || !digits.starts_with('0');
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if canonical && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse::<i64>().map_or_else(|_| Value::String(text.to_owned()), Value::from)
        }
        _ => Value::String(text.to_owned()),
    }
}
