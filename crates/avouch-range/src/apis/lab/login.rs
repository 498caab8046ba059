//! Signing in, and an older way that asks a document store.

use super::documents::fits;
use super::state::Lab;
use crate::kit::people::accounts;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Lab>>;

pub(super) async fn sign_in(State(lab): Shared, Json(body): Json<Value>) -> Response {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let (Some(email), Some(password)) = (text("email"), text("password")) else {
        return lab.bad(StatusCode::BAD_REQUEST, "`email` and `password` must be texts");
    };
    issue(&lab, email, password)
}

pub(super) async fn legacy(State(lab): Shared, Json(body): Json<Value>) -> Response {
    let (Some(email), Some(password)) = (body.get("email"), body.get("password")) else {
        return lab.bad(StatusCode::BAD_REQUEST, "`email` and `password` are missing");
    };
    let texts = email.is_string() && password.is_string();
    if !texts && !lab.has("operators-in-login") {
        return lab.bad(StatusCode::BAD_REQUEST, "`email` and `password` must be texts");
    }
    let people = accounts();
    for account in [people.admin, people.a, people.b] {
        match (fits(account.email, email), fits(account.password, password)) {
            (Some(true), Some(true)) => return issue(&lab, account.email, account.password),
            (Some(_), Some(_)) => (),
            _ => return lab.bad(StatusCode::INTERNAL_SERVER_ERROR, "unknown operator"),
        }
    }
    lab.bad(StatusCode::UNAUTHORIZED, "wrong name or password")
}

fn issue(lab: &Lab, email: &str, password: &str) -> Response {
    match lab.sessions.sign_in(email, password) {
        Ok(Some(token)) => lab.good(&json!({"token": token})),
        Ok(None) => lab.bad(StatusCode::UNAUTHORIZED, "wrong name or password"),
        Err(_) => lab.bad(StatusCode::SERVICE_UNAVAILABLE, "there is no randomness"),
    }
}

pub(super) async fn me(State(lab): Shared, headers: HeaderMap) -> Response {
    match lab.caller(&headers) {
        Some(account) => lab.good(&json!({"email": account.email, "name": account.name})),
        None => lab.stranger(),
    }
}
