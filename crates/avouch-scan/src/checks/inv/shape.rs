//! Whether a JSON value has the shape that is described: types and required properties, no more.
//!
//! In scope: what a client that trusts the description would stumble over. Out of scope: formats,
//! ranges, additional properties (PROP-01), and everything behind alternatives or cut references.

use avouch_model::placeholder::Placeholder;
use avouch_model::schema::{Kind, Schema};
use serde_json::Value;

/// LIMIT: depth that is compared.
const DEPTH_MAX: usize = 4;
/// LIMIT: items of a list that are compared.
const ITEMS_MAX: usize = 20;
/// LIMIT: differences reported of one answer.
const REPORTED_MAX: usize = 3;

/// Where the value is not as described, at most three places.
pub(super) fn mismatches(schema: &Schema, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, value, "", DEPTH_MAX, &mut found);
    found.sort();
    found.dedup();
    found.truncate(REPORTED_MAX);
    found
}

fn walk(schema: &Schema, value: &Value, place: &str, depth: usize, found: &mut Vec<String>) {
    let unknown = schema.cut.is_some() || !schema.variants.is_empty();
    // `null` where something else is described is so common that it tells nothing.
    if depth == 0 || unknown || value.is_null() || is_replaced(value) {
        return;
    }
    let shown = if place.is_empty() { "the whole" } else { place };
    if !fits(schema, value) {
        found.push(format!("`{shown}` is of another type than described"));
        return;
    }
    match value {
        Value::Object(members) => {
            for name in &schema.required {
                let written = schema.properties.get(name).is_some_and(|p| p.write_only);
                if !written && !members.contains_key(name) {
                    found.push(format!("`{place}/{name}` is required and missing"));
                }
            }
            for (name, member) in members {
                if let Some(inner) = schema.properties.get(name) {
                    walk(inner, member, &format!("{place}/{name}"), depth - 1, found);
                }
            }
        }
        Value::Array(items) => {
            if let Some(inner) = &schema.items {
                for item in items.iter().take(ITEMS_MAX) {
                    walk(inner, item, &format!("{place}/*"), depth - 1, found);
                }
            }
        }
        _ => (),
    }
}

/// A value that capture replaced may have been a number.
fn is_replaced(value: &Value) -> bool {
    value.as_str().is_some_and(|text| Placeholder::parse(text).is_some())
}

fn fits(schema: &Schema, value: &Value) -> bool {
    let kind = match value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Boolean,
        Value::Number(number) if number.is_f64() => Kind::Number,
        Value::Number(_) => Kind::Integer,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    };
    let whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    schema.may_be(kind)
        || kind == Kind::Integer && schema.may_be(Kind::Number)
        || kind == Kind::Number && whole && schema.may_be(Kind::Integer)
}
