//! Bodies that fit what a description asks for, with or without a marker.

use crate::oracle::leaves::plain_key;
use avouch_model::operation::Media;
use avouch_model::schema::{Kind, Schema};
use serde_json::{Map, Value, json};

/// LIMIT: depth of a body that is made up.
const BODY_DEPTH_MAX: usize = 5;
/// Names of texts that a person writes freely, best first.
const FREE_TEXTS: [&str; 16] = [
    "note",
    "notes",
    "comment",
    "description",
    "text",
    "content",
    "body",
    "message",
    "details",
    "summary",
    "subject",
    "title",
    "label",
    "remark",
    "name",
    "memo",
];
/// Endings of names whose texts mean something to the server.
const FORMAL_ENDINGS: [&str; 22] = [
    "id", "url", "uri", "mail", "phone", "date", "time", "at", "code", "currency", "country",
    "type", "status", "state", "role", "password", "token", "key", "zip", "slug", "iban", "number",
];

/// A body with the marker in a text that a person writes freely; `None` when there is no such text.
pub fn marked_body(media: &Media, marker: &str, salt: u64) -> Option<Value> {
    let mut body = body_for(media, salt)?;
    let members = body.as_object_mut()?;
    let mut names: Vec<String> =
        media.schema.properties.keys().chain(members.keys()).cloned().collect();
    names.retain(|name| match media.schema.properties.get(name) {
        Some(schema) => is_free_text(name, schema, marker),
        None => members.get(name).is_some_and(Value::is_string) && !is_formal(name),
    });
    let rank = |name: &String| {
        let key = plain_key(name);
        FREE_TEXTS.iter().position(|text| *text == key).unwrap_or(FREE_TEXTS.len())
    };
    let best = names.into_iter().min_by_key(|name| (rank(name), name.clone()))?;
    members.insert(best, Value::String(marker.to_owned()));
    Some(body)
}

fn is_free_text(name: &str, schema: &Schema, marker: &str) -> bool {
    let room = schema.length_max.is_none_or(|most| most >= marker.len() as u64);
    schema.kinds.contains(&Kind::String)
        && schema.allowed.is_empty()
        && schema.format.is_none()
        && schema.pattern.is_none()
        && !schema.read_only
        && schema.cut.is_none()
        && room
        && !is_formal(name)
}

fn is_formal(name: &str) -> bool {
    let key = plain_key(name);
    FORMAL_ENDINGS.iter().any(|ending| key.ends_with(ending)) && !FREE_TEXTS.contains(&key.as_str())
}

/// A body that fits the media type: what the description shows, or what its schema asks for; `None`
/// when it says nothing.
pub fn body_for(media: &Media, salt: u64) -> Option<Value> {
    if let Some(example) =
        media.examples.iter().chain(&media.schema.examples).find(|e| e.is_object())
    {
        return Some(example.clone());
    }
    let value = value_for("", &media.schema, salt);
    value.as_object().is_some_and(|members| !members.is_empty()).then_some(value)
}

/// A value that fits a schema. The salt tells several apart where they must differ.
pub fn value_for(name: &str, schema: &Schema, salt: u64) -> Value {
    made_up(name, schema, salt, BODY_DEPTH_MAX)
}

fn made_up(name: &str, schema: &Schema, salt: u64, depth: usize) -> Value {
    let shown = schema.examples.first().filter(|v| !v.is_null() && !must_differ(name));
    if let Some(value) = shown.or(schema.allowed.first()) {
        return value.clone();
    }
    if schema.properties.is_empty()
        && let Some(variant) = schema.variants.first()
        && depth > 0
    {
        return made_up(name, variant, salt, depth - 1);
    }
    if !schema.properties.is_empty() {
        return object(schema, salt, depth);
    }
    match schema.kinds.iter().find(|kind| **kind != Kind::Null) {
        Some(Kind::Boolean) => Value::Bool(false),
        Some(Kind::Integer) => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a limit of the description, bounded"
            )]
            let least = schema.minimum.unwrap_or(1.0).clamp(-1e15, 1e15).ceil() as i64;
            json!(least)
        }
        Some(Kind::Number) => json!(schema.minimum.unwrap_or(1.5)),
        Some(Kind::Array) => match &schema.items {
            Some(items) if depth > 0 => json!([made_up(name, items, salt, depth - 1)]),
            _ => json!([]),
        },
        Some(Kind::Object) => json!({}),
        _ => Value::String(string(name, schema, salt)),
    }
}

fn object(schema: &Schema, salt: u64, depth: usize) -> Value {
    let mut members = Map::new();
    for (name, property) in &schema.properties {
        let wanted = schema.required.is_empty() || schema.required.contains(name);
        if wanted && !property.read_only && depth > 0 {
            members.insert(name.clone(), made_up(name, property, salt, depth - 1));
        }
    }
    Value::Object(members)
}

fn must_differ(name: &str) -> bool {
    let key = plain_key(name);
    ["email", "username", "login", "slug", "sku", "handle"].iter().any(|word| key.contains(word))
}

fn string(name: &str, schema: &Schema, salt: u64) -> String {
    let key = plain_key(name);
    let text = match schema.format.as_deref() {
        Some("date-time") => "2030-01-15T10:00:00Z".to_owned(),
        Some("date") => "2030-01-15".to_owned(),
        Some("uuid") => format!("00000000-0000-4000-8000-{salt:012x}"),
        Some("uri" | "url") => "https://example.com/avouch".to_owned(),
        _ if key.contains("email") => format!("avouch-{salt:x}@example.com"),
        _ if key.contains("phone") => "+12025550143".to_owned(),
        _ if key.contains("password") => format!("Avouch-{salt:x}-Zq9!"),
        _ if key.ends_with("date") => "2030-01-15".to_owned(),
        _ if key == "currency" => "EUR".to_owned(),
        _ if key == "country" => "DE".to_owned(),
        _ => format!("avouch {salt:x}"),
    };
    let least = usize::try_from(schema.length_min.unwrap_or(0).min(200)).unwrap_or(0);
    let most = usize::try_from(schema.length_max.unwrap_or(200)).unwrap_or(200);
    let padded = text.chars().chain(std::iter::repeat('x'));
    padded.take(text.chars().count().max(least).min(most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn media(properties: &[(&str, Schema)]) -> Media {
        let named = properties.iter().map(|(n, s)| ((*n).to_owned(), Arc::new(s.clone())));
        let schema = Schema { properties: named.collect(), ..Schema::default() };
        Media { media_type: "application/json".into(), schema: Arc::new(schema), examples: vec![] }
    }

    fn of(kind: Kind) -> Schema {
        Schema { kinds: vec![kind], ..Schema::default() }
    }

    #[test]
    fn the_marker_stands_where_a_person_writes_freely() {
        let short = Schema { length_max: Some(5), ..of(Kind::String) };
        let media = media(&[
            ("title", of(Kind::String)),
            ("description", short),
            ("amount", of(Kind::Integer)),
            ("email", of(Kind::String)),
        ]);
        let body = marked_body(&media, "cny-0123456789abcdef0123", 7).unwrap();
        assert_eq!(body["title"], "cny-0123456789abcdef0123");
        assert_eq!(body["description"], "avouc");
        assert_eq!(body["amount"], 1);
        assert!(body["email"].as_str().unwrap().ends_with("@example.com"));
    }

    #[test]
    fn a_body_without_a_free_text_carries_no_marker() {
        assert_eq!(marked_body(&media(&[("amount", of(Kind::Integer))]), "cny-1", 1), None);
        assert_eq!(marked_body(&media(&[("status", of(Kind::String))]), "cny-1", 1), None);
    }
}
