//! Signing in, parcels under base64 ids, receipts.

use super::envelope::{bad, good};
use super::state::Styles;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

type Shared = State<Arc<Styles>>;

const STRANGER: &str = "who are you?";

pub(super) async fn sign_in(State(styles): Shared, Json(body): Json<Value>) -> Response {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match styles.sessions.sign_in(text("login"), text("secret")) {
        Ok(Some(token)) => good(&json!({"session": {"token": token}})),
        Ok(None) => bad(401, "no such login"),
        Err(_) => bad(500, "try again"),
    }
}

pub(super) async fn mine(State(styles): Shared, headers: HeaderMap) -> Response {
    let Some(caller) = styles.caller(&headers) else { return bad(401, STRANGER) };
    if styles.cleared.load(Ordering::Relaxed) {
        return good(&json!([]));
    }
    let own = styles.parcels.iter().filter(|parcel| parcel.owner == caller.email);
    good(&own.map(|parcel| parcel.shown.clone()).collect())
}

pub(super) async fn one(
    State(styles): Shared,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    read(&styles, &code, &headers, styles.has("parcel-owner-unchecked"))
}

pub(super) async fn one_of_mine(
    State(styles): Shared,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    read(&styles, &code, &headers, false)
}

fn read(styles: &Styles, code: &str, headers: &HeaderMap, anybodys: bool) -> Response {
    let Some(caller) = styles.caller(headers) else { return bad(401, STRANGER) };
    let known = styles.parcels.iter().find(|parcel| parcel.id == code);
    match known.filter(|parcel| anybodys || parcel.owner == caller.email) {
        Some(parcel) => good(&parcel.shown),
        None => bad(404, "no such parcel"),
    }
}

pub(super) async fn receipts(State(styles): Shared, headers: HeaderMap) -> Response {
    let caller = styles.caller(&headers);
    match caller {
        None if !styles.has("invoice-guard-missing") => bad(401, STRANGER),
        _ => good(&json!({"till": "T-4", "balance": 1_284.5, "ibanEnding": "0317"})),
    }
}

pub(super) async fn my_receipts(State(styles): Shared, headers: HeaderMap) -> Response {
    match styles.caller(&headers) {
        None => bad(401, STRANGER),
        Some(_) => good(&json!({"till": "T-4", "balance": 1_284.5, "ibanEnding": "0317"})),
    }
}

/// A read that acts: whoever calls it empties every list.
pub(super) async fn clear(State(styles): Shared) -> Response {
    styles.cleared.store(true, Ordering::Relaxed);
    good(&json!("done"))
}

/// What is not there is said with 200, too.
pub(super) async fn nothing() -> Response {
    bad(404, "unknown endpoint")
}
