//! JSON in one spelling, after RFC 8785, for what a package holds: texts, whole numbers below 2^53,
//! yes and no.
//!
//! Out of scope: fractions. A number that not every reader keeps exactly is written as a text.

use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The largest number that every reader of JSON keeps exactly.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// LIMIT: how deep values may be within each other.
const DEPTH_MAX: usize = 64;

/// The one spelling of a value.
pub fn encode(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// The one spelling of a value, as a line.
pub fn line(value: &Value) -> String {
    let mut text = encode(value);
    text.push('\n');
    text
}

/// Reads a value and refuses every other spelling of it.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    (is_plain(&value, DEPTH_MAX) && encode(&value).as_bytes() == bytes).then_some(value)
}

/// A number, as a text where not every reader would keep it exactly.
pub fn number(number: u64) -> Value {
    if number > NUMBER_MAX { Value::String(number.to_string()) } else { Value::from(number) }
}

/// A value of others in which numbers that not every reader keeps exactly became texts.
pub fn plain(value: Value) -> Value {
    match value {
        Value::Number(given) if given.as_u64().is_none_or(|number| number > NUMBER_MAX) => {
            Value::String(given.to_string())
        }
        Value::Array(values) => values.into_iter().map(plain).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, plain(value))).collect()
        }
        other => other,
    }
}

fn is_plain(value: &Value, depth: usize) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_some_and(|number| number <= NUMBER_MAX),
        Value::Array(values) => depth > 0 && values.iter().all(|value| is_plain(value, depth - 1)),
        Value::Object(members) => {
            depth > 0 && members.values().all(|value| is_plain(value, depth - 1))
        }
        _ => true,
    }
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(values) => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(value, text);
            }
            text.push(']');
        }
        Value::Object(members) => write_members(members, text),
        Value::String(value) => write_text(value, text),
        other => {
            // Writing to a string does not fail.
            let _ = write!(text, "{other}");
        }
    }
}

fn write_members(members: &Map<String, Value>, text: &mut String) {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    // RFC 8785 sorts by units of UTF-16.
    sorted.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    text.push('{');
    for (place, (name, value)) in sorted.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        write_text(name, text);
        text.push(':');
        write(value, text);
    }
    text.push('}');
}

fn write_text(value: &str, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            c if c < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_has_one_spelling_and_every_other_is_refused() {
        let value = json!({ "b": [1, true, null], "a": "ä\n\u{1}\"\\/", "A": {} });
        let text = encode(&value);
        assert_eq!(text, "{\"A\":{},\"a\":\"ä\\n\\u0001\\\"\\\\/\",\"b\":[1,true,null]}");
        assert_eq!(parse(text.as_bytes()), Some(value));
        let others =
            ["{ }", "{\"a\":1.0}", "{\"b\":1,\"a\":1}", "-1", "9007199254740992", "[\"\\u0061\"]"];
        for other in others {
            assert_eq!(parse(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_not_every_reader_keeps_becomes_a_text() {
        assert_eq!(plain(json!([9_007_199_254_740_992_u64, 7])), json!(["9007199254740992", 7]));
        assert_eq!(number(u64::MAX), json!("18446744073709551615"));
    }
}
