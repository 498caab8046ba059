//! What a handler gives back: an answer, or a refusal in the shop's one error form.

use crate::kit::clock;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// What every handler returns.
pub(crate) type Answer = Result<Response, Refusal>;

/// Why a request is not served. The caller gets a code and a sentence, never the cause.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No acceptable credential.
    Unauthenticated,
    /// A known caller without the right.
    Forbidden,
    /// No such object, or none of the caller's.
    NotFound,
    /// The request breaks the description.
    Invalid(&'static str),
    /// The body is not JSON by its own word.
    Unsupported,
    /// The operation has ended.
    Gone,
    /// The shop's own fault.
    Broken,
}

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unauthenticated => {
                (StatusCode::UNAUTHORIZED, "unauthenticated", "sign in and send your token")
            }
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "you may not do this"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "there is no such thing"),
            Self::Invalid(why) => (StatusCode::BAD_REQUEST, "invalid", why),
            Self::Unsupported => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported", "send application/json")
            }
            Self::Gone => (StatusCode::GONE, "gone", "this operation has ended"),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong"),
        }
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(_: sqlx::Error) -> Self {
        Self::Broken
    }
}

impl From<std::io::Error> for Refusal {
    fn from(_: std::io::Error) -> Self {
        Self::Broken
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let request_id = format!("req-{:016x}", clock::unix_nanos());
        let body = json!({"error": code, "message": message, "requestId": request_id});
        let mut response = (status, axum::Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"shop\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// 200 with this value.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in an answer")]
pub(crate) fn ok(value: Value) -> Answer {
    Ok(axum::Json(value).into_response())
}

/// 201 with this value.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in an answer")]
pub(crate) fn created(value: Value) -> Answer {
    Ok((StatusCode::CREATED, axum::Json(value)).into_response())
}

/// 204.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in an answer")]
pub(crate) fn done() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// 200 with `{"items": [...], "total": n}`: every list of the shop has this form.
pub(crate) fn list(items: Vec<Value>) -> Answer {
    let total = items.len();
    ok(json!({"items": Value::Array(items), "total": total}))
}

/// 200 with text of another type than JSON.
#[expect(clippy::unnecessary_wraps, reason = "handlers end in an answer")]
pub(crate) fn text(kind: &'static str, body: impl Into<String>) -> Answer {
    Ok(([(header::CONTENT_TYPE, kind)], body.into()).into_response())
}
