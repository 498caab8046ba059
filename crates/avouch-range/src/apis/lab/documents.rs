//! A small document store, asked with objects as such databases are; and notes.

use super::state::Lab;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Lab>>;

/// Whether a stored text fits what is asked for: a text, or an object of operators. `None` for an
/// operator that the store does not know.
pub(super) fn fits(stored: &str, asked: &Value) -> Option<bool> {
    let Value::Object(operators) = asked else {
        return Some(asked.as_str() == Some(stored));
    };
    let mut all = true;
    for (operator, value) in operators {
        let text = value.as_str();
        all &= match operator.as_str() {
            "$eq" => text == Some(stored),
            "$ne" => text != Some(stored),
            "$gt" => text.is_some_and(|text| stored > text),
            "$lt" => text.is_some_and(|text| stored < text),
            "$in" => value.as_array().is_some_and(|all| all.contains(&json!(stored))),
            _ => return None,
        };
    }
    Some(all)
}

const COUPONS: [(&str, u32); 2] = [("FJORD-2207-NETS", 15), ("LOCK-9914-SALT", 40)];

pub(super) async fn validate(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    check(&lab, &headers, &body, lab.has("operators-evaluated"))
}

pub(super) async fn safe_validate(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    check(&lab, &headers, &body, false)
}

fn check(lab: &Lab, headers: &HeaderMap, body: &Value, operators: bool) -> Response {
    if lab.caller(headers).is_none() {
        return lab.stranger();
    }
    let Some(code) = body.get("code") else {
        return lab.bad(StatusCode::BAD_REQUEST, "`code` is missing");
    };
    if !operators && !code.is_string() {
        return lab.bad(StatusCode::UNPROCESSABLE_ENTITY, "`code` must be a text");
    }
    for (coupon, percent) in COUPONS {
        match fits(coupon, code) {
            Some(true) => return lab.good(&json!({"coupon": coupon, "percent": percent})),
            Some(false) => (),
            None => return lab.bad(StatusCode::INTERNAL_SERVER_ERROR, "unknown operator"),
        }
    }
    lab.bad(StatusCode::NOT_FOUND, "no such coupon")
}

pub(super) async fn note(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    keep(&lab, &headers, &body, false)
}

pub(super) async fn safe_note(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    keep(&lab, &headers, &body, true)
}

fn keep(lab: &Lab, headers: &HeaderMap, body: &Value, safe: bool) -> Response {
    if lab.caller(headers).is_none() {
        return lab.stranger();
    }
    let Some(text) = body.get("text").and_then(Value::as_str) else {
        return lab.bad(StatusCode::UNPROCESSABLE_ENTITY, "`text` must be a text");
    };
    let number = lab.note(safe, text);
    lab.json(StatusCode::CREATED, &json!({"id": number, "text": text}))
}

/// How many notes hang on the boards.
pub(super) async fn notes(State(lab): Shared, headers: HeaderMap) -> Response {
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    lab.good(&json!({"onBoard": true, "boards": ["/board", "/safe/board"]}))
}
