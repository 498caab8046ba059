//! Whatever a schema and a body say, the verdict comes, and is the same for the same value written
//! another way.
#![no_main]

use avouch_catalog::Document;
use avouch_guard::settings::validate::Validate;
use avouch_guard::validate::Validator;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|input: (u8, &str, &str)| {
    let (choice, schema, body) = input;
    let Ok(schema) = serde_json::from_str::<Value>(schema) else { return };
    let media_type =
        if choice & 1 == 0 { "application/json" } else { "application/x-www-form-urlencoded" };
    let description = json!({
        "openapi": if choice & 2 == 0 { "3.1.0" } else { "3.0.3" },
        "paths": { "/a": { "post": {
            "requestBody": { "content": { media_type: { "schema": schema } } }, "responses": {},
        } } },
    });
    let document = Document { name: "api".into(), bytes: description.to_string().into_bytes() };
    let Ok(reading) = avouch_catalog::read(&document, &[]) else { return };
    if reading.catalog.operations.is_empty() {
        return;
    }
    let validator = Validator::new(&reading.catalog, &Validate::default(), |_| None);
    let judge = |body: &str| {
        validator.body(0, Some(media_type), body.as_bytes()).map_err(|refusal| refusal.code)
    };
    let verdict = judge(body);
    assert_eq!(verdict, judge(body));
    // Numbers that lose something on the way, and names that come twice, are other values.
    let Ok(value) = serde_json::from_str::<Value>(body) else { return };
    if media_type == "application/json" && is_exact(&value) && !says_twice(body, &value) {
        let compact = value.to_string();
        assert_eq!(verdict, judge(&compact), "{body} and {compact}");
        let wide = format!("{value:#}");
        assert_eq!(verdict, judge(&wide), "{body} and {wide}");
    }
});

fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        _ => true,
    }
}

/// Whether a text says more members than its value has.
fn says_twice(body: &str, value: &Value) -> bool {
    fn members(value: &Value) -> usize {
        match value {
            Value::Array(items) => items.iter().map(members).sum(),
            Value::Object(all) => all.len() + all.values().map(members).sum::<usize>(),
            _ => 0,
        }
    }
    fn colons(value: &Value) -> usize {
        match value {
            Value::String(text) => text.matches(':').count(),
            Value::Array(items) => items.iter().map(colons).sum(),
            Value::Object(all) => {
                all.iter().map(|(name, value)| name.matches(':').count() + colons(value)).sum()
            }
            _ => 0,
        }
    }
    body.contains("\\u") || body.matches(':').count() != members(value) + colons(value)
}
