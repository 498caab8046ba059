//! Whether a value meets a schema.

use super::{numbers, texts};
use avouch_model::schema::{Additional, Kind, Schema};
use serde_json::{Map, Value};

/// Comparisons of a value with a schema; alternatives in alternatives can ask for endless many.
// LIMIT: 100,000 comparisons.
pub(super) const STEPS_MAX: u32 = 100_000;

/// Whether a value meets a schema, as far as our schemas say. A required property that is read-only
/// may be absent. Where comparing takes too long the answer is no.
pub fn fits(value: &Value, schema: &Schema) -> bool {
    let mut steps = STEPS_MAX;
    meets(value, schema, &mut steps)
}

/// The same with the steps that are left.
pub(super) fn meets(value: &Value, schema: &Schema, steps: &mut u32) -> bool {
    *steps = steps.saturating_sub(1);
    *steps > 0
        && kind_fits(value, schema)
        && (schema.allowed.is_empty() || schema.allowed.contains(value))
        && (schema.variants.is_empty() || schema.variants.iter().any(|of| meets(value, of, steps)))
        && match value {
            Value::Number(number) => numbers::fits(number, schema),
            Value::String(text) => texts::fits(text, schema),
            Value::Array(items) => schema
                .items
                .as_ref()
                .is_none_or(|of| items.iter().all(|item| meets(item, of, steps))),
            Value::Object(object) => object_fits(object, schema, steps),
            Value::Null | Value::Bool(_) => true,
        }
}

fn kind_fits(value: &Value, schema: &Schema) -> bool {
    match value {
        Value::Null => schema.may_be(Kind::Null),
        Value::Bool(_) => schema.may_be(Kind::Boolean),
        Value::Number(number) => {
            let whole = number.is_i64()
                || number.is_u64()
                || number.as_f64().is_some_and(|number| number.fract() == 0.0);
            schema.may_be(Kind::Number) || whole && schema.may_be(Kind::Integer)
        }
        Value::String(_) => schema.may_be(Kind::String),
        Value::Array(_) => schema.may_be(Kind::Array),
        Value::Object(_) => schema.may_be(Kind::Object),
    }
}

fn object_fits(object: &Map<String, Value>, schema: &Schema, steps: &mut u32) -> bool {
    let is_read_only = |name: &String| schema.properties.get(name).is_some_and(|p| p.read_only);
    let complete =
        schema.required.iter().all(|name| object.contains_key(name) || is_read_only(name));
    complete
        && object.iter().all(|(name, value)| match schema.properties.get(name) {
            Some(property) => meets(value, property, steps),
            None => schema.additional != Additional::Forbidden,
        })
}
