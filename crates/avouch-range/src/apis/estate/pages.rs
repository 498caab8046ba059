//! What everybody may see.

use super::flats::{private, stranger};
use super::state::Estate;
use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use std::sync::Arc;

type Shared = State<Arc<Estate>>;

pub(super) async fn notices(State(estate): Shared, headers: HeaderMap) -> Response {
    let named = headers.get("x-forwarded-host").and_then(|value| value.to_str().ok());
    let base = match named.filter(|_| estate.has("forwarded-host-trusted")) {
        Some(host) => format!("http://{host}"),
        None => estate.base_url.clone(),
    };
    let next = format!("{base}/api/v2/notices?page=2");
    private(&json!({"items": [{"id": 1, "text": "The lift is out of order"}], "next": next}))
}

pub(super) async fn motd(State(estate): Shared) -> Response {
    let text = json!({"text": "Good morning to all tenants"}).to_string();
    let kind =
        if estate.has("motd-as-page") { "text/html; charset=utf-8" } else { "application/json" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// News for pages of partners: whoever asks is let in, and gets the same.
pub(super) async fn news(State(estate): Shared, headers: HeaderMap) -> Response {
    let mut answer = Json(json!([{"title": "A new gate in the yard"}])).into_response();
    let out = answer.headers_mut();
    let kept = "public, max-age=300".parse();
    out.extend(kept.ok().map(|value| (header::CACHE_CONTROL, value)));
    if let Some(origin) = headers.get(header::ORIGIN) {
        out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    if !estate.has("permission-cached") {
        out.extend("Origin".parse().ok().map(|value| (header::VARY, value)));
    }
    answer
}

pub(super) async fn agents(State(estate): Shared) -> Response {
    let shared = estate.has("agents-shared");
    let agent = |name: &str, email: &str| {
        if shared { json!({"name": name, "email": email}) } else { json!({"name": name}) }
    };
    let all = json!([
        agent("R. Oduya", "rose.oduya@estate-agents-office.net"),
        agent("K. Brandt", "karl.brandt@estate-agents-office.net"),
    ]);
    ([(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (header::CACHE_CONTROL, "no-store")], Json(all))
        .into_response()
}

/// The service behind is down today.
pub(super) async fn weather(State(estate): Shared, headers: HeaderMap) -> Response {
    if estate.caller(&headers).is_none() {
        return stranger();
    }
    let error = if estate.has("upstream-key-in-error") {
        "GET https://api.skies-over.net/v3/now?q=oslo&api_key=9fK2mQ7xTz41LbVw83RdPq0s: 503"
    } else {
        "the weather is not to be had, incident 7c20"
    };
    (StatusCode::BAD_GATEWAY, Json(json!({"error": error}))).into_response()
}

pub(super) async fn uploads(State(estate): Shared) -> Response {
    if !estate.has("uploads-listed") {
        return nothing().await;
    }
    Html(
        "<html><head><title>Index of /uploads/</title></head><body><h1>Index of /uploads/</h1><pre>\
         <a href=\"../\">../</a>\n<a href=\"passport-4b.pdf\">passport-4b.pdf</a></pre></body></html>",
    )
    .into_response()
}

/// A page that shows files on purpose.
pub(super) async fn gallery() -> Response {
    Html(
        "<html><head><title>Our flats: an index of pictures</title></head><body>\
          <a href=\"/media/yard.jpg\">The yard</a></body></html>",
    )
    .into_response()
}

/// The list of services, as gRPC reflection gives it.
pub(super) async fn reflection(State(estate): Shared) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/grpc")];
    if !estate.has("grpc-reflection") {
        return (kind, [("grpc-status", "12")]).into_response();
    }
    let mut list = Vec::new();
    for name in ["estate.v1.Keys", "estate.v1.Repairs"] {
        let length = u8::try_from(name.len()).unwrap_or_default();
        list.extend([10, length + 2, 10, length]);
        list.extend(name.as_bytes());
    }
    let mut message = vec![50, u8::try_from(list.len()).unwrap_or_default()];
    message.extend(list);
    let length = u32::try_from(message.len()).unwrap_or_default().to_be_bytes();
    (kind, [&[0], length.as_slice(), &message].concat()).into_response()
}

pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"error": "there is nothing here"}))).into_response()
}
