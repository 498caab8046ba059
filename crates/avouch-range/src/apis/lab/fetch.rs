//! Going where callers say: over HTTP and LDAP, and only on this machine.

use super::state::Lab;
use crate::kit::calling::{CALL_WAIT, Call, connect, danger_call};
use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

type Shared = State<Arc<Lab>>;
type Asked = Query<BTreeMap<String, String>>;

/// LIMIT: redirects that are followed.
const REDIRECTS_MAX: usize = 2;

/// What is found at an address of this machine; the range reaches no other.
pub(super) async fn danger_fetch(address: &str) -> Option<String> {
    let call = Call { method: "GET", headers: &[], body: "", redirects_max: REDIRECTS_MAX };
    danger_call(address, &call).await
}

pub(super) async fn preview(
    State(lab): Shared,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    let address = asked.get("url").map(String::as_str).unwrap_or_default();
    if !lab.has("address-fetched") {
        return refused(&lab, address);
    }
    match danger_fetch(address).await {
        Some(text) => lab.good(&json!({"text": text})),
        None => lab.bad(StatusCode::BAD_GATEWAY, "nothing is there"),
    }
}

pub(super) async fn safe_preview(
    State(lab): Shared,
    headers: HeaderMap,
    Query(asked): Asked,
) -> Response {
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    refused(&lab, asked.get("url").map(String::as_str).unwrap_or_default())
}

/// Only public addresses are fetched, and from here none can be reached.
fn refused(lab: &Lab, address: &str) -> Response {
    if address == "https://example.com/" {
        return lab.good(&json!({"text": "Example Domain"}));
    }
    lab.bad(StatusCode::UNPROCESSABLE_ENTITY, "only public addresses are fetched")
}

pub(super) async fn picture(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    let address = body.get("image").and_then(Value::as_str).unwrap_or_default();
    // The mistake: a list of forbidden spellings instead of a look at the address.
    let forbidden = ["127.0.0.1", "localhost"].iter().any(|host| address.contains(host));
    if !lab.has("address-fetched-blind") || forbidden {
        return kept(&lab, address);
    }
    danger_fetch(address).await;
    lab.json(StatusCode::CREATED, &json!({"stored": true}))
}

pub(super) async fn safe_picture(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    kept(&lab, body.get("image").and_then(Value::as_str).unwrap_or_default())
}

fn kept(lab: &Lab, address: &str) -> Response {
    if address.starts_with("https://") {
        return lab.json(StatusCode::CREATED, &json!({"stored": true}));
    }
    lab.bad(StatusCode::UNPROCESSABLE_ENTITY, "address not allowed")
}

/// Counts visits, and looks at where visitors say that they come from.
pub(super) async fn visits(State(lab): Shared, headers: HeaderMap) -> Response {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(page) = said("referer").filter(|_| lab.has("headers-fetched")) {
        danger_fetch(page).await;
    }
    if let Some(version) = said("x-api-version").filter(|_| lab.has("lookups-evaluated")) {
        look_up(version).await;
    }
    lab.good(&json!({"counted": true}))
}

/// Evaluates the lookups in a line of the log as a logging library of 2021 did.
async fn look_up(line: &str) {
    let Some((_, rest)) = line.split_once("${jndi:ldap://") else { return };
    let mut address = String::new();
    let mut rest = rest;
    while let Some((before, inner)) = rest.split_once("${lower:") {
        let Some((word, after)) = inner.split_once('}') else { return };
        address.push_str(before);
        address.push_str(&word.to_ascii_lowercase());
        rest = after;
    }
    address.push_str(rest.split('}').next().unwrap_or_default());
    let Some((authority, name)) = address.split_once('/') else { return };
    let _ = timeout(CALL_WAIT, ask_directory(authority, name)).await;
}

/// Binds to a directory without a name, and asks for one entry (RFC 4511).
async fn ask_directory(authority: &str, name: &str) -> Option<()> {
    let mut stream = connect(authority).await?;
    stream.write_all(&[0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0]).await.ok()?;
    let mut answer = [0; 64];
    if stream.read(&mut answer).await.ok()? == 0 {
        return None;
    }
    let length = u8::try_from(name.len()).ok().filter(|length| *length < 64)?;
    let mut search = vec![4, length];
    search.extend(name.as_bytes());
    // Scope, aliases, limits, types only; present(objectClass); no attributes.
    search.extend([10, 1, 0, 10, 1, 3, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0x87, 11]);
    search.extend(b"objectClass");
    search.extend([0x30, 0]);
    let inner = u8::try_from(search.len()).ok()?;
    let mut message = vec![0x30, inner + 5, 2, 1, 2, 0x63, inner];
    message.extend(search);
    stream.write_all(&message).await.ok()?;
    let _ = stream.read(&mut answer).await;
    Some(())
}
