//! The sender of events: people name an address, and are told there.
//!
//! Each delivery is signed with its owner's secret, over its body, as the receiver of rents wants its
//! own. A first delivery goes out at once, so that whoever registers sees that it comes.

use super::flats::{private, stranger};
use super::hooks::signature;
use super::state::{Delivery, Estate, held};
use crate::kit::calling::{Call, danger_call};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Estate>>;

/// LIMIT: addresses that are kept.
const DELIVERIES_MAX: usize = 500;
/// LIMIT: redirects that are followed.
const REDIRECTS_MAX: usize = 2;

fn refused(why: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": why }))).into_response()
}

fn shown(delivery: &Delivery) -> Value {
    json!({"id": delivery.id, "url": delivery.url, "events": ["door.opened"]})
}

/// One's own.
pub(super) async fn mine(State(estate): Shared, headers: HeaderMap) -> Response {
    let Some(account) = estate.caller(&headers) else { return stranger() };
    let kept = held(&estate.deliveries);
    let own = kept.iter().filter(|delivery| delivery.owner == account.email);
    private(&own.map(shown).collect())
}

/// Registers an address, wherever it leads.
pub(super) async fn register(
    State(estate): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let anywhere = estate.has("delivered-anywhere");
    keep(&estate, &headers, &body, anywhere).await
}

/// The twin: the same for public addresses over https only, none of which the range reaches.
pub(super) async fn register_public(
    State(estate): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    keep(&estate, &headers, &body, false).await
}

async fn keep(estate: &Estate, headers: &HeaderMap, body: &Value, anywhere: bool) -> Response {
    let Some(account) = estate.caller(headers) else { return stranger() };
    let url = body.get("url").and_then(Value::as_str).unwrap_or_default();
    if !anywhere && !is_public(url) {
        return refused("events are delivered to public addresses over https");
    }
    let delivery = {
        let mut kept = held(&estate.deliveries);
        if kept.len() >= DELIVERIES_MAX {
            return refused("there are too many addresses");
        }
        let id = format!("dlv-{}", 4_400 + kept.len());
        let delivery = Delivery { id, owner: account.email, url: url.to_owned() };
        kept.push(delivery.clone());
        delivery
    };
    if anywhere {
        deliver(estate, &delivery, account.password).await;
    }
    (StatusCode::CREATED, Json(shown(&delivery))).into_response()
}

/// Whether an address may be delivered to: by name, over https.
fn is_public(url: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', ':', '?']).next());
    host.is_some_and(|host| host.contains('.') && host.ends_with(|c: char| c.is_ascii_alphabetic()))
}

/// Tells the first event.
async fn deliver(estate: &Estate, delivery: &Delivery, secret: &str) {
    let body = json!({"event": "ping", "delivery": delivery.id}).to_string();
    let mut headers = vec![("Content-Type", "application/json".to_owned())];
    if !estate.has("delivery-unsigned") {
        headers.push(("X-Estate-Signature", signature(secret, &body)));
    }
    let redirects_max = if estate.has("delivery-redirected") { REDIRECTS_MAX } else { 0 };
    let call = Call { method: "POST", headers: &headers, body: &body, redirects_max };
    // Whether anybody listens there is the registrant's affair.
    let _ = danger_call(&delivery.url, &call).await;
}

/// Forgets one of one's own.
pub(super) async fn forget(
    State(estate): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(account) = estate.caller(&headers) else { return stranger() };
    let mut kept = held(&estate.deliveries);
    let before = kept.len();
    kept.retain(|delivery| delivery.id != id || delivery.owner != account.email);
    if kept.len() == before {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "no such address"}))).into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}
