//! Refusals as answers: problem details (RFC 9457).

use avouch_guard::Refusal;
use avouch_guard::refusal::Wrong;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde_json::json;

/// The answer to a request that was refused. Nothing of the request is in it.
pub(crate) fn answer(refusal: &Refusal, id: &str) -> Response<Bytes> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut body = json!({
        "type": format!("urn:avouch:refusal:{}", refusal.code),
        "title": status.canonical_reason().unwrap_or("Refused"),
        "status": status.as_u16(),
        "detail": refusal.detail,
        "policy": refusal.policy,
        "code": refusal.code,
        "request": id,
    });
    if let Some(members) = body.as_object_mut().filter(|_| !refusal.places.is_empty()) {
        let wrong = |wrong: &Wrong| json!({ "pointer": wrong.place, "detail": wrong.because });
        members.insert("errors".to_owned(), refusal.places.iter().map(wrong).collect());
    }
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if let Some(seconds) = refusal.retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(challenge) = &refusal.challenge
        && let Ok(challenge) = HeaderValue::from_str(challenge)
    {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    answer
}
