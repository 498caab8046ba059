//! One request, and the answers there are.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// The path's segments.
    pub(super) path: Vec<String>,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// The JSON body; null when there is none or it is not JSON.
    pub(super) body: Value,
}

impl Call {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A text of the body.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// A parameter of the query, as it is spelled.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    }
}

pub(super) fn good(body: &Value) -> Response {
    Json(body).into_response()
}

pub(super) fn created(body: &Value) -> Response {
    (StatusCode::CREATED, Json(body)).into_response()
}

pub(super) fn gone() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

pub(super) fn bad(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(json!({"error": message}))).into_response()
}

pub(super) fn stranger() -> Response {
    bad(401, "sign in first")
}

pub(super) fn forbidden() -> Response {
    bad(403, "not yours to do")
}

pub(super) fn missing() -> Response {
    bad(404, "no such thing")
}

/// Says what may be done here instead, or when it was asked.
pub(super) fn allowed(methods: &[&str], asked: bool) -> Response {
    let status = if asked { StatusCode::NO_CONTENT } else { StatusCode::METHOD_NOT_ALLOWED };
    let mut response = status.into_response();
    if let Ok(value) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}
