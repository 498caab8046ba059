//! The receiver of events, and what came of them.

use super::flats::{private, stranger};
use super::state::{Estate, held};
use crate::kit::people::accounts;
use aws_lc_rs::hmac;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::Arc;

type Shared = State<Arc<Estate>>;

/// A rent was paid.
pub(super) async fn rent(State(estate): Shared, headers: HeaderMap, body: String) -> Response {
    if !estate.has("event-unsigned") && !is_signed(&headers, &body) {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "signature"}))).into_response();
    }
    let event: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(id) = event.get("event").and_then(Value::as_str) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let is_new = held(&estate.known_events).insert(id.to_owned());
    if is_new || estate.has("event-replayed") {
        held(&estate.paid).push(id.to_owned());
    }
    StatusCode::ACCEPTED.into_response()
}

pub(super) async fn payments(State(estate): Shared, headers: HeaderMap) -> Response {
    if estate.caller(&headers).is_none() {
        return stranger();
    }
    let paid: Vec<Value> =
        held(&estate.paid).iter().map(|id| json!({"event": id, "cents": 100})).collect();
    private(&json!({"flat": "4B", "payments": paid}))
}

/// Whether the body is signed with Mara's password.
fn is_signed(headers: &HeaderMap, body: &str) -> bool {
    let stated = headers.get("x-estate-signature").and_then(|value| value.to_str().ok());
    stated == Some(signature(accounts().a.password, body).as_str())
}

/// How an event is signed.
pub(super) fn signature(secret: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    tag.as_ref().iter().fold("sha256=".to_owned(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
