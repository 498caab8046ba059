//! Changes of members: by themselves, or by whoever names them.

use super::rooms::stranger;
use super::state::{Change, Club, Member};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

type Shared = State<Arc<Club>>;

/// Who may give roles.
const COMMITTEE: &str = "committee";

fn text<'b>(body: &'b Value, name: &str) -> &'b str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn said(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"message": message}))).into_response()
}

fn forbidden() -> Response {
    said(StatusCode::FORBIDDEN, "that is not for you")
}

fn changed(club: &Club, email: &str, change: &Change) -> Response {
    if club.change(email, change) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        said(StatusCode::NOT_FOUND, "there is no such member")
    }
}

/// `PUT /members/{email}/password`
pub(super) async fn password(
    State(club): Shared,
    Path(email): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let Some(member) = club.caller(&headers) else { return stranger() };
    if member.email != email && !club.has("password-of-anyone") {
        return forbidden();
    }
    new_password(&club, &email, &body)
}

/// `PUT /v2/members/{email}/password`
pub(super) async fn sound_password(
    State(club): Shared,
    Path(email): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let Some(member) = club.caller(&headers) else { return stranger() };
    let knows = club.is_password_of(&email, text(&body, "oldPassword"));
    if member.email != email || !knows {
        return forbidden();
    }
    new_password(&club, &email, &body)
}

fn new_password(club: &Club, email: &str, body: &Value) -> Response {
    let password = text(body, "password");
    if password.len() < 10 {
        return said(StatusCode::UNPROCESSABLE_ENTITY, "the password has less than ten characters");
    }
    changed(club, email, &Change::Password(password.to_owned()))
}

/// `PUT /me`
pub(super) async fn profile(
    State(club): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let Some(member) = club.caller(&headers) else { return stranger() };
    let named = body.get("id").and_then(Value::as_u64);
    let other = named.filter(|_| club.has("profile-by-number")).and_then(|n| club.address_of(n));
    let email = other.unwrap_or(member.email);
    changed(&club, &email, &Change::Name(text(&body, "name").to_owned()))
}

/// `PUT /v2/me`
pub(super) async fn sound_profile(
    State(club): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let Some(member) = club.caller(&headers) else { return stranger() };
    changed(&club, &member.email, &Change::Name(text(&body, "name").to_owned()))
}

/// `PUT /members/{id}/role`
pub(super) async fn role(
    State(club): Shared,
    Path(number): Path<u64>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let Some(member) = club.caller(&headers) else { return stranger() };
    if !club.has("role-for-the-asking") && member.role != COMMITTEE {
        return forbidden();
    }
    give(&club, number, &body)
}

/// `PUT /v2/members/{id}/role`
pub(super) async fn sound_role(
    State(club): Shared,
    Path(number): Path<u64>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    match club.caller(&headers) {
        None => stranger(),
        Some(Member { role, .. }) if role == COMMITTEE => give(&club, number, &body),
        Some(_) => forbidden(),
    }
}

fn give(club: &Club, number: u64, body: &Value) -> Response {
    let role = text(body, "role");
    if !["member", COMMITTEE, "admin"].contains(&role) {
        return said(StatusCode::UNPROCESSABLE_ENTITY, "there is no such role");
    }
    let email = club.address_of(number).unwrap_or_default();
    changed(club, &email, &Change::Role(role.to_owned()))
}

/// `DELETE /members/{id}`
pub(super) async fn strike(
    State(club): Shared,
    Path(number): Path<u64>,
    headers: HeaderMap,
) -> Response {
    let Some(member) = club.caller(&headers) else { return stranger() };
    if member.number != number && !club.has("strike-anyone") {
        return forbidden();
    }
    struck(&club, number)
}

/// `DELETE /v2/members/{id}`
pub(super) async fn sound_strike(
    State(club): Shared,
    Path(number): Path<u64>,
    headers: HeaderMap,
) -> Response {
    match club.caller(&headers) {
        None => stranger(),
        Some(member) if member.number == number => struck(&club, number),
        Some(_) => forbidden(),
    }
}

fn struck(club: &Club, number: u64) -> Response {
    match club.address_of(number) {
        None => said(StatusCode::NOT_FOUND, "there is no such member"),
        Some(email) => {
            club.strike(&email);
            StatusCode::NO_CONTENT.into_response()
        }
    }
}
