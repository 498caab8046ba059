//! The proxy in front: it may keep answers, follow a host name, and say who it is.

use super::state::{Estate, Kept, held};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

/// LIMIT: bytes of an answer that is kept.
const KEPT_BYTES_MAX: usize = 256 * 1024;
/// LIMIT: answers kept.
const KEPT_MAX: usize = 2_000;

pub(super) async fn proxy(
    State(estate): State<Arc<Estate>>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let path = request.uri().path();
    if estate.has("proxy-follows-host") && host == Some("169.254.169.254") {
        return match path {
            "/latest/meta-data/" => {
                "ami-id\nhostname\niam/\ninstance-id\ninstance-type\nlocal-ipv4\n".into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        };
    }
    let key = request.uri().to_string();
    let may_serve = estate.has("cache-ignores-cookie") && request.method() == Method::GET;
    if let Some(kept) = may_serve.then(|| held(&estate.cache).get(&key).cloned()).flatten() {
        let mut answer = (kept.status, kept.headers, Body::from(kept.body)).into_response();
        answer.headers_mut().insert("age", HeaderValue::from_static("1"));
        return answer;
    }
    let mut answer = next.run(request).await;
    if estate.has("version-shown") {
        answer.headers_mut().insert(header::SERVER, HeaderValue::from_static("estate/1.4.2"));
    }
    if estate.has("backend-named") {
        let name = HeaderValue::from_static("10.42.7.19:8080");
        answer.headers_mut().insert("x-backend-server", name);
    }
    let stated = answer.headers().get(header::CACHE_CONTROL).and_then(|v| v.to_str().ok());
    let keep = may_serve && stated.is_some_and(|text| text.contains("public"));
    if keep { keep_it(&estate, key, answer).await } else { answer }
}

async fn keep_it(estate: &Estate, key: String, answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, KEPT_BYTES_MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let kept = Kept { status: parts.status, headers: parts.headers.clone(), body: body.clone() };
    let mut cache = held(&estate.cache);
    if cache.len() < KEPT_MAX {
        cache.insert(key, kept);
    }
    Response::from_parts(parts, Body::from(body))
}
