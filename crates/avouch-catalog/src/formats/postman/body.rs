//! Bodies of requests.

use super::address::pairs;
use super::variables::{Piece, Variables};
use crate::node::Node;
use crate::reader::At;
use crate::recorded::{self, BODY_BYTES_MAX, FORM, Payload, UNKNOWN};
use serde_json::{Map, Value};

/// The body that a request shows.
pub(super) fn read(body: &At, variables: &Variables) -> Option<Payload> {
    if body.is("disabled") {
        return None;
    }
    match body.text("mode")?.as_str() {
        "raw" => raw(body, variables),
        "urlencoded" => form(body, "urlencoded", FORM, variables),
        "formdata" => form(body, "formdata", "multipart/form-data", variables),
        "graphql" => graphql(body),
        "file" => Some(Payload { media_type: "application/octet-stream".to_owned(), value: None }),
        _ => None,
    }
}

fn raw(body: &At, variables: &Variables) -> Option<Payload> {
    let text = body.node.get("raw").and_then(Node::text)?;
    if text.trim().is_empty() || text.len() > BODY_BYTES_MAX {
        return None;
    }
    let options = body.get("options").and_then(|options| options.get("raw"));
    let language = options.and_then(|raw| raw.text("language")).unwrap_or_default();
    let media_type = match language.as_str() {
        "json" => "application/json",
        "xml" => "application/xml",
        "html" => "text/html",
        _ => "",
    };
    let payload = recorded::payload(media_type, &filled(text, variables));
    Some(payload).filter(|payload| payload.media_type.contains('/'))
}

/// The text of a body in which no variable is known.
pub(crate) fn filled_without_variables(text: &str) -> String {
    filled(text, &Variables::default())
}

/// The text with variables filled in. One that nobody knows becomes a mark inside of quotes, and
/// nothing (`null`) outside of them, so that the rest can be read.
fn filled(text: &str, variables: &Variables) -> String {
    let mut filled = String::new();
    let mut quoted = false;
    let mut escaped = false;
    for piece in variables.pieces(text) {
        match piece {
            Piece::Text(text) => {
                for c in text.chars() {
                    match c {
                        '"' if !escaped => quoted = !quoted,
                        _ => (),
                    }
                    escaped = c == '\\' && !escaped;
                }
                filled.push_str(&text);
            }
            Piece::Unknown(_) if quoted => filled.push(UNKNOWN),
            Piece::Unknown(_) => filled.push_str("null"),
        }
    }
    filled
}

fn form(body: &At, key: &str, media_type: &str, variables: &Variables) -> Option<Payload> {
    let list = body.get(key)?;
    let value = |value: Option<String>| Value::String(value.unwrap_or_else(|| UNKNOWN.to_string()));
    let fields: Map<String, Value> = pairs(&list, variables)
        .into_iter()
        .filter(|field| !field.optional)
        .map(|field| (field.name, value(field.value)))
        .collect();
    Some(Payload { media_type: media_type.to_owned(), value: Some(Value::Object(fields)) })
}

/// A query of GraphQL travels as JSON; its variables are JSON in a text.
fn graphql(body: &At) -> Option<Payload> {
    let graphql = body.get("graphql")?;
    let query = graphql.node.get("query").and_then(Node::text)?.to_string();
    let variables = graphql.node.get("variables").and_then(Node::text);
    let variables = variables.and_then(|text| serde_json::from_str(text).ok());
    let mut value = Map::new();
    value.insert("query".to_owned(), Value::String(query));
    value.insert("variables".to_owned(), variables.unwrap_or(Value::Object(Map::new())));
    Some(Payload { media_type: "application/json".to_owned(), value: Some(Value::Object(value)) })
}
