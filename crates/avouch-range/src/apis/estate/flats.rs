//! What the people of the estate see of their own, and of others.

use super::state::{COOKIE, Estate};
use crate::kit::people::Account;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<Estate>>;

/// A refusal.
pub(super) fn stranger() -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({"error": "sign in first"}))).into_response()
}

/// An answer nobody may keep.
pub(super) fn private(value: &Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

fn guarded(
    estate: &Estate,
    headers: &HeaderMap,
    shown: impl Fn(usize, &Account) -> Value,
) -> Response {
    match estate.caller(headers) {
        Some(account) => private(&shown(Estate::number(&account), &account)),
        None => stranger(),
    }
}

pub(super) async fn sign_in(State(estate): Shared, Json(body): Json<Value>) -> Response {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match estate.sessions.sign_in(text("email"), text("password")) {
        Ok(Some(token)) => private(&json!({ "token": token })),
        Ok(None) => stranger(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The session goes on: the cookie is set anew.
pub(super) async fn session(State(estate): Shared, headers: HeaderMap) -> Response {
    let mut answer = guarded(&estate, &headers, |_, account| json!({"name": account.name}));
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    let token = cookies.and_then(|text| text.split(&format!("{COOKIE}=")).nth(1));
    let token = token.and_then(|rest| rest.split(';').next()).unwrap_or_default().to_owned();
    let guard = if estate.has("cookie-readable") { "" } else { "; HttpOnly" };
    let line = format!("{COOKIE}={token}; Path=/; SameSite=None{guard}");
    if let Some(value) = HeaderValue::from_str(&line).ok().filter(|_| answer.status().is_success())
    {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    answer
}

fn tenancy(n: usize) -> Value {
    let flats = ["4B, Skolgatan 11", "2A, Pier Road 3", "9C, Ferry Lane 40"];
    json!({"id": 7_300 + n * 41, "flat": flats.get(n % 3), "since": "2023-04-01", "deposit": 1_900 + n * 55})
}

pub(super) async fn tenancies(State(estate): Shared, headers: HeaderMap) -> Response {
    guarded(&estate, &headers, |n, _| json!([tenancy(n)]))
}

/// Version 1, which nobody turned off.
pub(super) async fn old_tenancies(State(estate): Shared, headers: HeaderMap) -> Response {
    if estate.has("old-version-open") {
        return private(&json!([tenancy(0), tenancy(1), tenancy(2)]));
    }
    guarded(&estate, &headers, |n, _| json!([tenancy(n)]))
}

/// The twin: both versions pass the same guard.
pub(super) async fn leases(State(estate): Shared, headers: HeaderMap) -> Response {
    guarded(
        &estate,
        &headers,
        |n, _| json!([{"lease": 310 + n, "clause": format!("pets by agreement {}", 3 + n)}]),
    )
}

fn own_profile(estate: &Estate, headers: &HeaderMap) -> Response {
    let endings = ["ends 0417", "ends 9920", "ends 3311"];
    let shown = |n: usize, account: &Account| json!({"name": account.name, "email": account.email, "iban": endings.get(n)});
    let mut answer = guarded(estate, headers, shown);
    if estate.has("profile-cacheable") && answer.status().is_success() {
        let value = HeaderValue::from_static("public, max-age=120");
        answer.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    answer
}

pub(super) async fn profile(State(estate): Shared, headers: HeaderMap) -> Response {
    own_profile(&estate, &headers)
}

/// A router that does not mind what follows.
pub(super) async fn profile_and_more(State(estate): Shared, headers: HeaderMap) -> Response {
    own_profile(&estate, &headers)
}

/// The twin: private, and nobody may keep it.
pub(super) async fn settings(State(estate): Shared, headers: HeaderMap) -> Response {
    guarded(&estate, &headers, |n, account| json!({"email": account.email, "letters": n == 0}))
}

pub(super) async fn bookings(State(estate): Shared, headers: HeaderMap) -> Response {
    let all = json!([
        {"id": 51, "user_id": 4, "flat": "4B", "at": "2026-02-01T10:00:00Z"},
        {"id": 52, "user_id": 9, "flat": "2A", "at": "2026-02-01T11:00:00Z"},
        {"id": 53, "user_id": 17, "flat": "9C", "at": "2026-02-02T09:00:00Z"},
    ]);
    if estate.has("bookings-open") {
        return private(&all);
    }
    guarded(&estate, &headers, |n, _| json!([all.get(n)]))
}

/// A contact of one's own: how it is addressed, and what it is called.
fn contact_of(estate: &Estate, n: usize) -> (String, &'static str) {
    let all = [
        ("sofie.lund@tenants-post.net", "c-8f21a0", "Sofie Lund"),
        ("idris.achebe@tenants-post.net", "c-19be77", "Idris Achebe"),
        ("petra.nowak@tenants-post.net", "c-6670d3", "Petra Nowak"),
    ];
    let (email, id, name) = all.get(n % 3).copied().unwrap_or_default();
    (if estate.has("contacts-by-address") { email } else { id }.to_owned(), name)
}

pub(super) async fn contacts(State(estate): Shared, headers: HeaderMap) -> Response {
    guarded(&estate, &headers, |n, _| {
        let (contact, name) = contact_of(&estate, n);
        json!([{"contact": contact, "name": name}])
    })
}

pub(super) async fn contact(
    State(estate): Shared,
    Path(asked): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(account) = estate.caller(&headers) else { return stranger() };
    let (contact, name) = contact_of(&estate, Estate::number(&account));
    if contact != asked {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "no such contact"}))).into_response();
    }
    private(
        &json!({"contact": contact, "name": name, "note": format!("prefers letters to {name}")}),
    )
}

pub(super) async fn meters(
    State(estate): Shared,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let loud = estate.has("debug-parameter") && query.get("debug").is_some_and(|v| v == "1");
    guarded(&estate, &headers, |n, _| {
        let mut shown = json!({"meter": format!("m-{}", 120 + n), "litres": 4_410 + n * 7});
        if let (true, Some(members)) = (loud, shown.as_object_mut()) {
            let statement = format!("SELECT litres FROM meters WHERE tenant = {n}");
            members.insert("debug".to_owned(), json!({"sql": statement, "rows": 1}));
        }
        shown
    })
}

pub(super) async fn rents(State(estate): Shared, headers: HeaderMap) -> Response {
    let drifted = estate.has("rents-drifted");
    guarded(&estate, &headers, |n, _| {
        let cents = 98_000 + n * 1_500;
        let cents = if drifted { json!(cents.to_string()) } else { json!(cents) };
        json!([{"month": "2026-01", "cents": cents}])
    })
}
