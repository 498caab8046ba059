//! What looks like an injection and is none, and measures that break on the wrong type.

use super::state::Lab;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

type Shared = State<Arc<Lab>>;
type Asked = Query<BTreeMap<String, String>>;

/// Requests that the moody and the slow one have seen.
static SEEN: AtomicU64 = AtomicU64::new(0);

/// Repeats what it is told, as data.
pub(super) async fn echo(State(lab): Shared, Query(asked): Asked) -> Response {
    lab.good(&json!({"text": asked.get("text")}))
}

/// A search that gives everything to whoever asks for something odd.
pub(super) async fn everything(State(lab): Shared, Query(asked): Asked) -> Response {
    let all = ["rope", "lamp", "anchor", "net"];
    let wanted = asked.get("q").map(String::as_str).unwrap_or_default();
    let odd = wanted.chars().any(|c| !c.is_ascii_alphanumeric());
    let fits = |name: &&&str| odd || name.contains(wanted);
    let found: Vec<Value> = all.iter().filter(fits).map(|name| json!({"name": name})).collect();
    lab.good(&json!(found))
}

/// Fails now and then, whatever it is told.
pub(super) async fn moody(State(lab): Shared, Query(asked): Asked) -> Response {
    if SEEN.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
        return lab.bad(StatusCode::INTERNAL_SERVER_ERROR, "syntax of the day: try again");
    }
    lab.good(&json!({"mood": "good", "about": asked.get("about").map(String::len)}))
}

/// Takes its time, more or less.
pub(super) async fn slow(State(lab): Shared) -> Response {
    let seen = SEEN.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(seen.wrapping_mul(7_919) % 300)).await;
    lab.good(&json!({"done": true}))
}

/// Works out a product, which is what it is for.
pub(super) async fn sum(State(lab): Shared, Query(asked): Asked) -> Response {
    let text = asked.get("of").map(String::as_str).unwrap_or_default();
    let digits = |part: &str| -> String { part.chars().filter(char::is_ascii_digit).collect() };
    let numbers: Vec<u64> =
        text.split('*').filter_map(|part| digits(part).parse().ok()).take(2).collect();
    let product = numbers.iter().try_fold(1_u64, |all, number| all.checked_mul(*number));
    lab.good(&json!({"of": text, "product": product}))
}

pub(super) async fn measure(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let number = body.get("width").and_then(Value::as_f64);
    if lab.has("type-unhandled") && lab.caller(&headers).is_some() && number.is_none() {
        let trace = "Traceback (most recent call last):\n  \
            File \"/srv/lab/app.py\", line 88, in dispatch\n    return self.view(request)\n  \
            File \"/srv/lab/measures.py\", line 31, in create\n    width = body['width'] * 2.0\n\
            TypeError: can't multiply sequence by non-int of type 'float'\n";
        return (StatusCode::INTERNAL_SERVER_ERROR, trace).into_response();
    }
    measured(&lab, &headers, number)
}

pub(super) async fn safe_measure(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    measured(&lab, &headers, body.get("width").and_then(Value::as_f64))
}

fn measured(lab: &Lab, headers: &HeaderMap, number: Option<f64>) -> Response {
    if lab.caller(headers).is_none() {
        return lab.stranger();
    }
    match number {
        Some(width) => lab.json(StatusCode::CREATED, &json!({"area": width * 2.0})),
        None => lab.bad(StatusCode::UNPROCESSABLE_ENTITY, "`width` must be a number"),
    }
}

pub(super) async fn nothing(State(lab): Shared) -> Response {
    lab.bad(StatusCode::NOT_FOUND, "there is nothing here")
}
