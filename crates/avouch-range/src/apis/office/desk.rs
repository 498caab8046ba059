//! Registering, signing in, and one's own record.

use super::call::{Call, bad, created, good, stranger};
use super::state::{Office, Person};
use axum::response::Response;
use serde_json::{Value, json};

pub(super) fn register(office: &Office, call: &Call) -> Response {
    let text = |name: &str| call.text(name).filter(|text| !text.is_empty());
    let (Some(email), Some(password), Some(name)) = (text("email"), text("password"), text("name"))
    else {
        return bad(422, "email, password and name are needed");
    };
    if !email.contains('@') || password.len() < 10 {
        return bad(422, "that is no address, or the password is short");
    }
    let role = call.text("role").filter(|_| office.has("register-sets-role")).map(str::to_owned);
    let mut held = office.held();
    let Some(person) = held.hire(email, password, name) else {
        return bad(409, "this address is taken");
    };
    if let Some(role) = role {
        person.role = role;
    }
    // The form comes back as it was sent, whatever was made of it.
    let mut echo = call.body.clone();
    if let Some(members) = echo.as_object_mut() {
        members.remove("password");
        members.insert("id".to_owned(), json!(person.id));
    }
    created(&echo)
}

pub(super) fn login(office: &Office, call: &Call) -> Response {
    let text = |name: &str| call.text(name).unwrap_or_default();
    match office.held().sign_in(text("email"), text("password")) {
        Ok(Some(token)) => good(&json!({"token": token})),
        Ok(None) => bad(401, "no such address and password"),
        Err(_) => bad(503, "try again"),
    }
}

/// `GET /me`, and its hardened twin `GET /account`.
pub(super) fn me(caller: &Person) -> Response {
    good(&caller.own())
}

/// `PATCH /me` binds the whole body when the mistake is made; `PATCH /account` never does.
pub(super) fn change(office: &Office, call: &Call, caller: &Person, whole: bool) -> Response {
    let mut held = office.held();
    let Some(person) = held.people.iter_mut().find(|person| person.id == caller.id) else {
        return stranger();
    };
    if let Some(name) = call.text("name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut person.name);
    }
    if whole {
        if let Some(role) = call.text("role") {
            role.clone_into(&mut person.role);
        }
        if let Some(balance) = call.body.get("balance").and_then(Value::as_i64) {
            person.balance = balance;
        }
    }
    good(&person.own())
}
