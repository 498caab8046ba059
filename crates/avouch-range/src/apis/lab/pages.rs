//! Pages for browsers: greetings, the board, redirects, downloads, and a cookie.

use super::state::Lab;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = State<Arc<Lab>>;
type Asked = Query<BTreeMap<String, String>>;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) async fn hello(State(lab): Shared, Query(asked): Asked) -> Response {
    let name = asked.get("name").map(String::as_str).unwrap_or_default();
    let name = if lab.has("markup-reflected") { name.to_owned() } else { escaped(name) };
    Html(format!("<!doctype html><title>Hello</title><p>Hello {name}</p>")).into_response()
}

pub(super) async fn safe_hello(Query(asked): Asked) -> Response {
    let name = escaped(asked.get("name").map(String::as_str).unwrap_or_default());
    Html(format!("<!doctype html><title>Hello</title><p>Hello {name}</p>")).into_response()
}

pub(super) async fn board(State(lab): Shared) -> Response {
    show(&lab.notes(false), !lab.has("markup-stored"))
}

pub(super) async fn safe_board(State(lab): Shared) -> Response {
    show(&lab.notes(true), true)
}

fn show(notes: &[String], careful: bool) -> Response {
    let item = |note: &String| {
        let text = if careful { escaped(note) } else { note.clone() };
        format!("<li>{text}</li>")
    };
    let items: String = notes.iter().map(item).collect();
    Html(format!("<!doctype html><title>Board</title><ul>{items}</ul>")).into_response()
}

pub(super) async fn go(State(lab): Shared, Query(asked): Asked) -> Response {
    let to = asked.get("to").map_or("/board", String::as_str);
    if lab.has("redirect-anywhere") { leave(to) } else { stay(&lab, to) }
}

pub(super) async fn safe_go(State(lab): Shared, Query(asked): Asked) -> Response {
    stay(&lab, asked.get("to").map_or("/board", String::as_str))
}

/// Only to a path of this host: one slash, and no second one, whichever way it leans.
fn stay(lab: &Lab, to: &str) -> Response {
    let second = to.get(1..2);
    if to.starts_with('/') && !matches!(second, Some("/" | "\\")) {
        return leave(to);
    }
    lab.bad(StatusCode::BAD_REQUEST, "only paths of this host")
}

fn leave(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

pub(super) async fn file(State(lab): Shared, Path(name): Path<String>) -> Response {
    download(&name, lab.has("header-split"))
}

pub(super) async fn safe_file(Path(name): Path<String>) -> Response {
    download(&name, false)
}

/// A server of our day writes no line break into a header. What one of yesterday would have sent is
/// made from the name instead: what stands behind a line break is the next header.
fn download(name: &str, splits: bool) -> Response {
    let mut lines = name.split("\r\n");
    let first: String = lines.next().unwrap_or_default().chars().filter(char::is_ascii).collect();
    let plain: String = first.chars().filter(|c| !c.is_ascii_control() && *c != '"').collect();
    let mut response = (StatusCode::OK, "nothing is in it\n").into_response();
    let headers = response.headers_mut();
    let disposition = format!("attachment; filename=\"{plain}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    for line in lines.filter(|_| splits) {
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = HeaderName::from_bytes(name.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.trim())) {
            headers.append(name, value);
        }
    }
    response
}

pub(super) async fn preferences(State(lab): Shared, headers: HeaderMap) -> Response {
    if lab.caller(&headers).is_none() {
        return lab.stranger();
    }
    let mut response = lab.good(&json!({"theme": "dark"}));
    // The first bytes of a Java object stream, or the same preferences as plain JSON.
    let bytes: &[u8] = if lab.has("serialized-cookie") {
        b"\xac\xed\x00\x05sr\x00\x0bPreferences\x00\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00xp"
    } else {
        br#"{"theme":"dark"}"#
    };
    let cookie = format!("prefs={}; Path=/; SameSite=Lax", STANDARD.encode(bytes));
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
