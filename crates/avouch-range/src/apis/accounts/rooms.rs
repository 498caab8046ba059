//! What members see: themselves, the rota, minutes, notices.

use super::state::Club;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<Club>>;
type Questions = Query<BTreeMap<String, String>>;

/// How many notices there are.
const NOTICES: usize = 640;
/// LIMIT: notices on one page.
const PAGE_MAX: usize = 50;

pub(super) fn stranger() -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({"message": "log in first"}))).into_response()
}

pub(super) async fn me(State(club): Shared, headers: HeaderMap) -> Response {
    match club.caller(&headers) {
        None => stranger(),
        Some(member) => Json(json!({
            "id": member.number,
            "email": member.email,
            "name": member.name,
            "phone": member.phone,
            "role": member.role,
        }))
        .into_response(),
    }
}

pub(super) async fn leave(State(club): Shared, headers: HeaderMap) -> Response {
    match club.caller(&headers) {
        None => stranger(),
        Some(member) => {
            club.strike(&member.email);
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

pub(super) async fn rota(State(club): Shared, headers: HeaderMap) -> Response {
    let from = headers.get("x-real-ip").and_then(|value| value.to_str().ok());
    let inner = club.has("inner-address-believed") && from == Some("127.0.0.1");
    if inner || club.caller(&headers).is_some() { shifts() } else { stranger() }
}

pub(super) async fn sound_rota(State(club): Shared, headers: HeaderMap) -> Response {
    if club.caller(&headers).is_some() { shifts() } else { stranger() }
}

fn shifts() -> Response {
    let shift = |day: &str, who: &str| json!({"day": day, "opens": who, "alarmLine": "east wing"});
    Json(json!([shift("Monday", "the boathouse crew"), shift("Friday", "the kitchen crew")]))
        .into_response()
}

pub(super) async fn minutes(State(club): Shared, method: Method, headers: HeaderMap) -> Response {
    let forgotten = method == Method::HEAD && club.has("head-unguarded");
    if forgotten || club.caller(&headers).is_some() { latest_minutes() } else { stranger() }
}

pub(super) async fn sound_minutes(State(club): Shared, headers: HeaderMap) -> Response {
    if club.caller(&headers).is_some() { latest_minutes() } else { stranger() }
}

fn latest_minutes() -> Response {
    Json(json!({
        "meeting": "autumn",
        "decided": "The pier is to be mended before winter, by the lowest bidder.",
        "open": ["who pays for the crane", "where the boats lie meanwhile"],
    }))
    .into_response()
}

fn notice(n: usize) -> Value {
    json!({"id": n + 1, "title": format!("Notice {}", n + 1), "board": "harbour"})
}

pub(super) async fn notices(State(club): Shared, Query(asked): Questions) -> Response {
    if club.has("list-unpaged") && asked.is_empty() {
        return Json((0..NOTICES).map(notice).collect::<Vec<_>>()).into_response();
    }
    page(&asked)
}

pub(super) async fn sound_notices(State(_): Shared, Query(asked): Questions) -> Response {
    page(&asked)
}

fn page(asked: &BTreeMap<String, String>) -> Response {
    let number = |name: &str, usual: usize| {
        asked.get(name).and_then(|value| value.parse().ok()).unwrap_or(usual)
    };
    let limit = number("limit", 20).clamp(1, PAGE_MAX);
    let from = number("offset", 0).min(NOTICES);
    let items: Vec<Value> = (from..NOTICES).take(limit).map(notice).collect();
    Json(json!({"items": items, "total": NOTICES, "limit": limit})).into_response()
}

pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"message": "nothing is here"}))).into_response()
}
