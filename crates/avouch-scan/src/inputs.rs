//! The inputs of an operation, and how a payload is put into one.

use crate::context::{Input, InputPlace};
use crate::corpus::Corpus;
use crate::forms::{self, Form};
use crate::step::Request;
use avouch_model::operation::{Media, Operation};
use avouch_model::schema::{Kind, Schema};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

/// LIMIT: inputs of one operation that are probed.
pub const INPUTS_MAX: usize = 40;
/// LIMIT: how deep into a body's schema inputs are looked for.
const BODY_DEPTH_MAX: usize = 3;

/// What a path segment or query value may hold unescaped (RFC 3986, unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The inputs of an operation that can carry text: what is described, what its template and the
/// bodies it shows name, and what was sent to it already.
pub fn inputs(operation: &Operation, corpus: &Corpus) -> Vec<Input> {
    let outside = operation
        .parameters
        .iter()
        .map(|parameter| Input::Parameter(parameter.place.into(), parameter.name.clone()));
    let mut all: Vec<Input> = outside.collect();
    let in_path = |name: &str| Input::Parameter(InputPlace::Path, name.to_owned());
    all.extend(operation.path_parameters().map(in_path));
    if let Some(media) = body_media(operation) {
        properties(&media.schema, "", BODY_DEPTH_MAX, &mut all);
        for shown in media.examples.iter().chain(&media.schema.examples) {
            members(shown, "", BODY_DEPTH_MAX, &mut all);
        }
    }
    for sample in corpus.all_of(&operation.id) {
        if let Some(form) = Form::of_request(&sample.request) {
            let fields = form.fields(sample.request.body.as_deref().unwrap_or_default());
            all.extend(fields.iter().map(|(name, _)| Input::Body(format!("/{}", part(name)))));
        } else {
            let body = sample.request.body.as_deref().unwrap_or_default();
            if let Ok(sent) = serde_json::from_str(body) {
                members(&sent, "", BODY_DEPTH_MAX, &mut all);
            }
        }
    }
    let mut known = std::collections::BTreeSet::new();
    all.retain(|input| known.insert(input.clone()));
    if operation.graph.is_some() {
        // The question itself is no input, and what is not of a variable's type is refused before
        // anything looks at it.
        all.retain(|input| described(operation, input).is_some_and(|(schema, _)| is_text(schema)));
    }
    all.truncate(INPUTS_MAX);
    all
}

/// Whether any text may stand here.
fn is_text(schema: &Schema) -> bool {
    schema.may_be(Kind::String) && schema.allowed.is_empty()
}

/// The way to send a body that we know how to write: JSON before forms.
pub fn body_media(operation: &Operation) -> Option<&Media> {
    let is = |wanted: fn(&str) -> bool| operation.body.iter().find(move |m| wanted(&m.media_type));
    is(|name| name.contains("json"))
        .or_else(|| is(|name| Form::of(name) == Some(Form::Encoded)))
        .or_else(|| is(|name| Form::of(name) == Some(Form::Multipart)))
        .or_else(|| is(|name| name == "*/*"))
}

/// A name as a part of a JSON Pointer.
fn part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn properties(schema: &Schema, pointer: &str, depth: usize, into: &mut Vec<Input>) {
    if depth == 0 || into.len() >= INPUTS_MAX {
        return;
    }
    for (name, property) in &schema.properties {
        let files = matches!(property.format.as_deref(), Some("binary" | "byte"));
        if property.read_only || files {
            continue;
        }
        let here = format!("{pointer}/{}", part(name));
        if !property.properties.is_empty() {
            properties(property, &here, depth - 1, into);
        } else if let Some(items) = property.items.as_deref().filter(|_| carries_list(property)) {
            listed(items, &format!("{here}/0"), depth - 1, into);
        } else if carries_text(property) {
            into.push(Input::Body(here));
        }
    }
}

/// The first item of a list, or its properties.
fn listed(items: &Schema, here: &str, depth: usize, into: &mut Vec<Input>) {
    if !items.properties.is_empty() {
        properties(items, here, depth, into);
    } else if carries_text(items) && depth > 0 {
        into.push(Input::Body(here.to_owned()));
    }
}

fn carries_text(schema: &Schema) -> bool {
    [Kind::String, Kind::Integer, Kind::Number].into_iter().any(|kind| schema.may_be(kind))
}

fn carries_list(schema: &Schema) -> bool {
    schema.may_be(Kind::Array) && !schema.may_be(Kind::String)
}

/// The texts and numbers of a body that was shown or sent.
fn members(body: &Value, pointer: &str, depth: usize, into: &mut Vec<Input>) {
    match body {
        Value::Object(members_of) if depth > 0 => {
            for (name, value) in members_of {
                members(value, &format!("{pointer}/{}", part(name)), depth - 1, into);
            }
        }
        Value::Array(items) if depth > 0 => {
            if let Some(first) = items.first() {
                members(first, &format!("{pointer}/0"), depth - 1, into);
            }
        }
        Value::String(_) | Value::Number(_) if !pointer.is_empty() => {
            into.push(Input::Body(pointer.to_owned()));
        }
        _ => (),
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
            let mut schema: &Schema = &body_media(operation)?.schema;
            for part in pointer.split('/').skip(1) {
                schema = match schema.properties.get(&part.replace("~1", "/").replace("~0", "~")) {
                    Some(property) => property,
                    None => schema.items.as_deref().filter(|_| part == "0")?,
                };
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
            let (position, before, after) = place_in_path(operation, base_path, name)?;
            let segment = request.path().split('/').nth(position)?;
            let inner = segment.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
            Some(decoded(inner))
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
        Input::Parameter(InputPlace::Cookie, name) => {
            cookies(request).into_iter().find(|(cookie, _)| cookie == name).map(|(_, value)| value)
        }
        Input::Body(pointer) => {
            if let Some(form) = Form::of_request(request) {
                return forms::value_in(request, form, pointer);
            }
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
            let (position, before, after) = place_in_path(operation, base_path, name)?;
            let mut segments: Vec<String> = request.path().split('/').map(str::to_owned).collect();
            let encoded = utf8_percent_encode(value, UNRESERVED);
            *segments.get_mut(position)? = format!("{before}{encoded}{after}");
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
            let mut pairs = cookies(request);
            pairs.retain(|(cookie, _)| cookie != name);
            pairs.push((name.clone(), value.to_owned()));
            let spelt: Vec<String> = pairs
                .iter()
                .map(|(n, v)| format!("{n}={}", utf8_percent_encode(v, UNRESERVED)))
                .collect();
            Some(request.clone().header("cookie", spelt.join("; ")))
        }
        Input::Body(pointer) => {
            if let Some(form) = Form::of_request(request) {
                return Some(forms::with_value(request, form, pointer, value));
            }
            let text = Value::String(value.to_owned());
            let body: Option<Value> = serde_json::from_str(request.body.as_deref()?).ok();
            let held = body.as_ref().and_then(|body| body.pointer(pointer));
            // The variable of a graph keeps its type: else the type would be what is refused.
            let typed = operation.graph.is_some() && held.is_some_and(Value::is_number);
            let number = if typed { serde_json::from_str(value).ok() } else { None };
            with_json(request, pointer, number.unwrap_or(text))
        }
    }
}

/// The request without that input; `None` for one that cannot be left out.
pub fn without(request: &Request, input: &Input) -> Option<Request> {
    match input {
        Input::Parameter(InputPlace::Query, name) => {
            let query = request.query_text().unwrap_or_default();
            let others: Vec<&str> = query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .filter(|pair| decoded(pair.split('=').next().unwrap_or_default()) != *name)
                .collect();
            let path = request.path().to_owned();
            let target =
                if others.is_empty() { path } else { format!("{path}?{}", others.join("&")) };
            Some(request.clone().target(target))
        }
        Input::Body(pointer) => {
            if let Some(form) = Form::of_request(request) {
                return Some(forms::without(request, form, pointer));
            }
            let mut body: Value = serde_json::from_str(request.body.as_deref()?).ok()?;
            let (holder, name) = pointer.rsplit_once('/')?;
            let members = body.pointer_mut(holder)?.as_object_mut()?;
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
            Some(request.clone().json(&body))
        }
        Input::Parameter(..) => None,
    }
}

/// The request with that JSON value at that pointer of its body; `None` when the body is no JSON or
/// has nothing the value could be put into.
pub fn with_json(request: &Request, pointer: &str, value: Value) -> Option<Request> {
    let mut body: Value = serde_json::from_str(request.body.as_deref()?).ok()?;
    if let Some(place) = body.pointer_mut(pointer) {
        *place = value;
    } else {
        // A property that was left out is added to the object that would hold it.
        let (holder, name) = pointer.rsplit_once('/')?;
        let members = body.pointer_mut(holder)?.as_object_mut()?;
        members.insert(name.replace("~1", "/").replace("~0", "~"), value);
    }
    Some(request.clone().json(&body))
}

/// Which segment of the path holds a parameter, and what stands around it there: `{id}.json`.
fn place_in_path(
    operation: &Operation,
    base_path: &str,
    name: &str,
) -> Option<(usize, String, String)> {
    let template = format!("{base_path}{}", operation.path);
    let wanted = format!("{{{name}}}");
    template.split('/').enumerate().find_map(|(position, part)| {
        let (before, after) = part.split_once(wanted.as_str())?;
        let plain = !before.contains('{') && !after.contains('{');
        plain.then(|| (position, before.to_owned(), after.to_owned()))
    })
}

/// The cookies a request carries of its own, decoded.
fn cookies(request: &Request) -> Vec<(String, String)> {
    let header = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    let pairs = header.map(|(_, value)| value.as_str()).unwrap_or_default().split(';');
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), decoded(value)))
        .collect()
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
