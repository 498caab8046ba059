//! The few words of JSON Schema that the shop's description needs.

use serde_json::{Map, Value, json};

/// Text.
pub(crate) fn string() -> Value {
    json!({"type": "string"})
}

/// An e-mail address.
pub(crate) fn email() -> Value {
    json!({"type": "string", "format": "email"})
}

/// A UUID.
pub(crate) fn uuid() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// An address of a resource.
pub(crate) fn uri() -> Value {
    json!({"type": "string", "format": "uri"})
}

/// A day.
pub(crate) fn date() -> Value {
    json!({"type": "string", "format": "date"})
}

/// A whole number.
pub(crate) fn integer() -> Value {
    json!({"type": "integer"})
}

/// True or false.
pub(crate) fn boolean() -> Value {
    json!({"type": "boolean"})
}

/// A list of these.
pub(crate) fn array(items: Value) -> Value {
    [("type", json!("array")), ("items", items)].into_iter().collect()
}

/// An object with these fields, all of them required.
pub(crate) fn object(fields: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// The shop's form of a list.
pub(crate) fn list_of(item: Value) -> Value {
    object(&[("items", array(item)), ("total", integer())])
}
