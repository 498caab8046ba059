//! An import that reads JSON, and XML with or without what its document type declares.

use super::fetch;
use super::state::Lab;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<Lab>>;

/// LIMIT: entities of a document.
const ENTITIES_MAX: usize = 16;

pub(super) async fn import(State(lab): Shared, headers: HeaderMap, body: String) -> Response {
    let expands = lab.has("entities-expanded");
    read(&lab, &headers, &body, expands).await
}

pub(super) async fn safe_import(State(lab): Shared, headers: HeaderMap, body: String) -> Response {
    read(&lab, &headers, &body, false).await
}

async fn read(lab: &Lab, headers: &HeaderMap, body: &str, expands: bool) -> Response {
    if lab.caller(headers).is_none() {
        return lab.stranger();
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let title = if kind.is_some_and(|kind| kind.contains("xml")) {
        if !expands && body.contains("<!") {
            return lab.bad(StatusCode::BAD_REQUEST, "a document type is not allowed");
        }
        title_of(body).await
    } else {
        let json: Option<Value> = serde_json::from_str(body).ok();
        json.and_then(|json| json.get("title")?.as_str().map(str::to_owned))
    };
    match title {
        Some(title) => lab.json(StatusCode::CREATED, &json!({"imported": title})),
        None => lab.bad(StatusCode::BAD_REQUEST, "`title` is missing"),
    }
}

/// The text of the title, with every entity replaced by what it stands for.
async fn title_of(document: &str) -> Option<String> {
    let entities = entities(document).await;
    let (_, rest) = document.split_once("<title>")?;
    let (inner, _) = rest.split_once("</title>")?;
    let mut text = inner.to_owned();
    for (name, value) in &entities {
        text = text.replace(&format!("&{name};"), value);
    }
    Some(text)
}

/// What is declared: texts as they are, addresses as what is found there.
async fn entities(document: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for declaration in document.split("<!ENTITY").skip(1).take(ENTITIES_MAX) {
        let Some((declaration, _)) = declaration.split_once('>') else { continue };
        let mut parts = declaration.splitn(2, ['"', '\'']);
        let head = parts.next().unwrap_or_default();
        let quoted = parts.next().unwrap_or_default();
        let value = quoted.split(['"', '\'']).next().unwrap_or_default();
        let mut words = head.split_whitespace().filter(|word| *word != "%");
        let Some(name) = words.next() else { continue };
        let text = if words.any(|word| word == "SYSTEM") {
            fetch::danger_fetch(value).await.unwrap_or_default()
        } else {
            value.to_owned()
        };
        found.insert(name.to_owned(), text);
    }
    found
}
