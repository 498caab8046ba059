//! Registration, login, logout, forgotten passwords.

use super::state::{Club, Entry};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Club>>;

fn text<'b>(body: &'b Value, name: &str) -> &'b str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn told(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({"message": message}))).into_response()
}

/// Answers everybody alike; a member who registers again is told by mail.
pub(super) async fn register(State(club): Shared, Json(body): Json<Value>) -> Response {
    for name in ["email", "password", "name", "phone"] {
        if text(&body, name).is_empty() {
            return told(422, &format!("\"{name}\" is required"));
        }
    }
    if text(&body, "password").len() < 10 {
        return told(422, "the password has less than ten characters");
    }
    let [email, password, name, phone] =
        ["email", "password", "name", "phone"].map(|name| text(&body, name));
    club.register(email, password, name, phone);
    told(202, "we have written to you")
}

pub(super) async fn login(
    State(club): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let by_header = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let counted = match by_header {
        _ if club.has("login-unlimited") => None,
        Some(from) if club.has("limit-believes-header") => Some(from.to_owned()),
        _ => Some(text(&body, "email").to_ascii_lowercase()),
    };
    let told_apart = club.has("login-tells-unknown");
    enter(&club, &body, counted.as_deref(), told_apart)
}

pub(super) async fn sound_login(State(club): Shared, Json(body): Json<Value>) -> Response {
    let counted = text(&body, "email").to_ascii_lowercase();
    enter(&club, &body, Some(&counted), false)
}

fn enter(club: &Club, body: &Value, counted: Option<&str>, told_apart: bool) -> Response {
    match club.enter(text(body, "email"), text(body, "password"), counted) {
        Ok(Entry::Token(token)) => Json(json!({"data": {"auth_token": token}})).into_response(),
        Ok(Entry::Wait) => told(429, "too many wrong passwords"),
        Ok(Entry::UnknownName) if told_apart => told(401, "there is no such member"),
        Ok(Entry::WrongPassword) if told_apart => told(401, "the password is wrong"),
        Ok(Entry::UnknownName | Entry::WrongPassword) => told(401, "name or password is wrong"),
        Err(_) => told(500, "try again"),
    }
}

pub(super) async fn forgotten(State(club): Shared, Json(body): Json<Value>) -> Response {
    if club.has("forgotten-tells-unknown") && !club.knows(text(&body, "email")) {
        return told(404, "there is no such member");
    }
    told(202, "if you are a member, we have written to you")
}

pub(super) async fn sound_forgotten(State(_): Shared, Json(_): Json<Value>) -> Response {
    told(202, "if you are a member, we have written to you")
}

pub(super) async fn logout(State(club): Shared, headers: HeaderMap) -> Response {
    if club.end(&headers) { told(200, "goodbye") } else { told(401, "log in first") }
}
