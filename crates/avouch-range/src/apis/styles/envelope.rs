//! The one form of every answer: 200, whatever happened.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What was asked for.
pub(super) fn good(data: &Value) -> Response {
    Json(json!({"success": true, "data": data, "error": null})).into_response()
}

/// Why it is not given.
pub(super) fn bad(code: u16, message: &str) -> Response {
    let error = json!({"code": code, "message": message});
    Json(json!({"success": false, "data": null, "error": error})).into_response()
}
