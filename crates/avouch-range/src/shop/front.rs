//! What every request passes before and after its handler: limits, delays, headers, origins.

use super::clock;
use super::state::{Shared, ShopState};
use crate::weakness::Weakness;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// LIMIT: requests per second a well-made shop serves when no other bound is asked for.
const REQUESTS_PER_SECOND: u32 = 5_000;
/// LIMIT: bytes of an answer that volatile fields are added to.
const VOLATILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The name that trusted origins end in, for a check that forgets the dot before it.
const OWN_NAME: &str = "shop.example";

/// The second being counted, and the requests in it.
#[derive(Debug, Default)]
struct Window {
    second: u64,
    requests: u32,
}

#[derive(Clone, Debug)]
struct Front {
    shop: Shared,
    window: Arc<Mutex<Window>>,
}

/// Puts the front before a router.
pub(crate) fn guard(router: Router, shop: &Shared) -> Router {
    let front = Front { shop: shop.clone(), window: Arc::default() };
    router.layer(middleware::from_fn_with_state(front, pass))
}

async fn pass(State(front): State<Front>, request: Request, next: Next) -> Response {
    let shop = &front.shop;
    let number = shop.counters.request();
    if shop.options.block_after.is_some_and(|after| number > after) {
        return blocked();
    }
    if shop.options.kill_tokens_after.is_some_and(|after| after > 0 && number % after == 0) {
        shop.end_all_sessions();
    }
    if let Some((low, high)) = shop.options.delay_ms {
        tokio::time::sleep(Duration::from_millis(shop.between(low, high))).await;
    }
    let limit = allowed_per_second(shop);
    let left = limit.map(|limit| front.take(limit));
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = match left {
        Some(None) => too_many(),
        _ if request.method() == Method::TRACE && shop.switches.has(Weakness::TraceEnabled) => {
            echo(&request)
        }
        _ if request.method() == Method::OPTIONS
            && origin.as_ref().is_some_and(|origin| trusts(shop, origin)) =>
        {
            preflight()
        }
        _ => next.run(request).await,
    };
    if shop.options.volatile {
        response = add_volatile_fields(response, shop).await;
    }
    if let (Some(limit), Some(left)) = (limit, left) {
        announce(&mut response, limit, left.unwrap_or(0));
    }
    finish(&mut response, shop, origin.as_ref());
    response
}

impl Front {
    /// Takes one request from this second's allowance: how many are left, or none to take.
    fn take(&self, limit: u32) -> Option<u32> {
        let second = clock::unix_seconds();
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.second != second {
            *window = Window { second, requests: 0 };
        }
        window.requests = window.requests.saturating_add(1);
        limit.checked_sub(window.requests)
    }
}

fn allowed_per_second(shop: &ShopState) -> Option<u32> {
    let well_made = !shop.switches.has(Weakness::RateLimitUnannounced);
    shop.options.throttle_per_second.or_else(|| well_made.then_some(REQUESTS_PER_SECOND))
}

fn blocked() -> Response {
    let page = "<!doctype html><title>Access denied</title><h1>Request blocked</h1>\
        <p>Your request was blocked by the security policy. Incident 7b-20.</p>";
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page)
        .into_response()
}

fn too_many() -> Response {
    let body = json!({"error": "too-many-requests", "message": "slow down"});
    let retry = [(header::RETRY_AFTER, "1")];
    (StatusCode::TOO_MANY_REQUESTS, retry, axum::Json(body)).into_response()
}

/// Answers TRACE as RFC 9110 section 9.3.8 describes it, credentials and all.
fn echo(request: &Request) -> Response {
    let mut head = format!("TRACE {} HTTP/1.1\r\n", request.uri());
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        head.extend([name.as_str(), ": ", &value, "\r\n"]);
    }
    ([(header::CONTENT_TYPE, "message/http")], head).into_response()
}

fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// Whether the shop lets this origin read answers with credentials.
fn trusts(shop: &ShopState, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let on = |weakness| shop.switches.has(weakness);
    on(Weakness::CorsReflectsOrigin)
        || (on(Weakness::CorsTrustsNull) && origin == "null")
        || (on(Weakness::CorsTrustsSuffix) && host_of(origin).ends_with(OWN_NAME))
        || (on(Weakness::CorsTrustsSuffix) && host_of(origin).ends_with(&own_host(shop)))
}

fn host_of(origin: &str) -> &str {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

fn own_host(shop: &ShopState) -> String {
    host_of(&shop.base_url).to_owned()
}

fn announce(response: &mut Response, limit: u32, left: u32) {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(limit));
    headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(left));
    headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(1));
}

fn finish(response: &mut Response, shop: &ShopState, origin: Option<&HeaderValue>) {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if !shop.answers_foreign_origins() {
        return;
    }
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin.filter(|origin| trusts(shop, origin)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let yes = HeaderValue::from_static("true");
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
}

async fn add_volatile_fields(response: Response, shop: &ShopState) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, VOLATILE_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let is_json = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let request_id = format!("req-{:016x}", clock::unix_nanos());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        parts.headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    let bytes = match serde_json::from_slice(&bytes) {
        Ok(Value::Object(mut fields)) if is_json => {
            fields.insert("requestId".into(), json!(request_id));
            fields.insert("servedAt".into(), json!(clock::unix_nanos().to_string()));
            fields.insert("nonce".into(), json!(shop.between(0, u64::MAX).to_string()));
            Value::Object(fields).to_string().into()
        }
        _ => bytes,
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}
