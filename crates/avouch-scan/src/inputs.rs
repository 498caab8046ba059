//! The inputs of an operation, and how a payload is put into one.

use crate::context::{Input, InputPlace};
use crate::step::Request;
use avouch_model::operation::Operation;
use avouch_model::schema::{Kind, Schema};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

/// LIMIT: inputs of one operation that are probed.
pub const INPUTS_MAX: usize = 40;
/// LIMIT: how deep into a body's schema inputs are looked for.
const BODY_DEPTH_MAX: usize = 3;

/// What a path segment or query value may hold unescaped (RFC 3986, unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The inputs of an operation that can carry text.
pub fn inputs(operation: &Operation) -> Vec<Input> {
    let outside = operation
        .parameters
        .iter()
        .map(|parameter| Input::Parameter(parameter.place.into(), parameter.name.clone()));
    let mut all: Vec<Input> = outside.collect();
    if let Some(media) = operation.body.iter().find(|media| media.media_type.contains("json")) {
        properties(&media.schema, "", BODY_DEPTH_MAX, &mut all);
    }
    all.truncate(INPUTS_MAX);
    all
}

fn properties(schema: &Schema, pointer: &str, depth: usize, into: &mut Vec<Input>) {
    if depth == 0 || into.len() >= INPUTS_MAX {
        return;
    }
    for (name, property) in &schema.properties {
        if property.read_only {
            continue;
        }
        let here = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        if property.properties.is_empty() {
            let scalar = [Kind::String, Kind::Integer, Kind::Number];
            if scalar.into_iter().any(|kind| property.may_be(kind)) {
                into.push(Input::Body(here));
            }
        } else {
            properties(property, &here, depth - 1, into);
        }
    }
}

/// What the description says of an input: its schema, and what a person wrote about it.
pub fn described<'o>(
    operation: &'o Operation,
    input: &Input,
) -> Option<(&'o Schema, Option<&'o str>)> {
    match input {
        Input::Parameter(place, name) => {
            let found = operation
                .parameters
                .iter()
                .find(|known| InputPlace::from(known.place) == *place && known.name == *name)?;
            let text = found.description.as_deref().or(found.schema.description.as_deref());
            Some((&found.schema, text))
        }
        Input::Body(pointer) => {
            let media = operation.body.iter().find(|media| media.media_type.contains("json"))?;
            let mut schema: &Schema = &media.schema;
            for part in pointer.split('/').skip(1) {
                schema = schema.properties.get(&part.replace("~1", "/").replace("~0", "~"))?;
            }
            Some((schema, schema.description.as_deref()))
        }
    }
}

/// The value an input has in a request.
pub fn value_in(
    request: &Request,
    operation: &Operation,
    base_path: &str,
    input: &Input,
) -> Option<String> {
    match input {
        Input::Parameter(InputPlace::Path, name) => {
            let template = format!("{base_path}{}", operation.path);
            let position = template.split('/').position(|part| part == format!("{{{name}}}"))?;
            let segment = request.path().split('/').nth(position)?;
            Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
        }
        Input::Parameter(InputPlace::Query, name) => {
            request.query_text()?.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                let plain = value.replace('+', " ");
                (decoded(key) == *name).then(|| decoded(&plain))
            })
        }
        Input::Parameter(InputPlace::Header, name) => request
            .headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone()),
        Input::Parameter(InputPlace::Cookie, _) => None,
        Input::Body(pointer) => {
            let body: Value = serde_json::from_str(request.body.as_deref()?).ok()?;
            match body.pointer(pointer)? {
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            }
        }
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The request with another value in that input; `None` when the input has no place in it.
pub fn with_value(
    request: &Request,
    operation: &Operation,
    base_path: &str,
    input: &Input,
    value: &str,
) -> Option<Request> {
    match input {
        Input::Parameter(InputPlace::Path, name) => {
            let template = format!("{base_path}{}", operation.path);
            let position = template.split('/').position(|part| part == format!("{{{name}}}"))?;
            let mut segments: Vec<String> = request.path().split('/').map(str::to_owned).collect();
            *segments.get_mut(position)? = utf8_percent_encode(value, UNRESERVED).to_string();
            let path = segments.join("/");
            let target = match request.query_text() {
                Some(query) => format!("{path}?{query}"),
                None => path,
            };
            Some(request.clone().target(target))
        }
        Input::Parameter(InputPlace::Query, name) => {
            let kept = request.query_text().unwrap_or_default();
            let others = kept.split('&').filter(|pair| {
                !pair.is_empty() && decoded(pair.split('=').next().unwrap_or_default()) != *name
            });
            let key = utf8_percent_encode(name, UNRESERVED);
            let pair = format!("{key}={}", utf8_percent_encode(value, UNRESERVED));
            let query: Vec<String> = others.map(str::to_owned).chain([pair]).collect();
            Some(request.clone().target(format!("{}?{}", request.path(), query.join("&"))))
        }
        Input::Parameter(InputPlace::Header, name) => {
            let sendable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            sendable.then(|| request.clone().header(name, value))
        }
        Input::Parameter(InputPlace::Cookie, name) => {
            let encoded = utf8_percent_encode(value, UNRESERVED);
            Some(request.clone().header("cookie", format!("{name}={encoded}")))
        }
        Input::Body(pointer) => {
            let mut body: Value = serde_json::from_str(request.body.as_deref()?).ok()?;
            *body.pointer_mut(pointer)? = Value::String(value.to_owned());
            Some(request.clone().json(&body))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Method;

    fn operation() -> Operation {
        Operation::discovered(Method::Get, "/items/{id}")
    }

    #[test]
    fn a_value_is_found_where_it_was_put() {
        let request = Request::read("/v1/items/7?q=a%20b&x=1");
        let inputs = [
            Input::Parameter(InputPlace::Path, "id".into()),
            Input::Parameter(InputPlace::Query, "q".into()),
            Input::Parameter(InputPlace::Header, "x-y".into()),
        ];
        for input in inputs {
            let changed = with_value(&request, &operation(), "/v1", &input, "it's / odd?").unwrap();
            let found = value_in(&changed, &operation(), "/v1", &input);
            assert_eq!(found.as_deref(), Some("it's / odd?"), "{input:?}");
        }
    }

    #[test]
    fn a_body_property_is_replaced_by_its_pointer() {
        let request =
            Request::new(Method::Post, "/items").json(&serde_json::json!({"a": {"b": 1}}));
        let input = Input::Body("/a/b".into());
        let changed = with_value(&request, &operation(), "", &input, "x").unwrap();
        assert_eq!(changed.body.as_deref(), Some(r#"{"a":{"b":"x"}}"#));
    }
}
