//! What every request to an API of the range passes: counting, blocking, delays, throttling, and
//! fields that differ on every answer.
//!
//! These are the troubles a scanner meets, not weaknesses: each can be asked for of every API.

use super::clock;
use super::counters::Counters;
use super::random::Sequence;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// LIMIT: bytes of an answer that volatile fields are added to.
const VOLATILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the answer of a graph may hold.
const GRAPH_ANSWER: [&str; 2] = ["data", "errors"];

/// What makes an API hard to scan, without being a weakness.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    /// Delays each answer by a random time between these bounds, in milliseconds.
    pub delay_ms: Option<(u64, u64)>,
    /// Adds a request id, a time and a random field to every JSON object answered.
    pub volatile: bool,
    /// Answers 429 with `Retry-After` beyond so many requests in one second.
    pub throttle_per_second: Option<u32>,
    /// Answers every request after so many with a 403 page, as a web firewall does.
    pub block_after: Option<u64>,
}

/// The second being counted, and the requests in it.
#[derive(Debug, Default)]
struct Window {
    second: u64,
    requests: u32,
}

/// The front of one running API.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    trouble: Trouble,
    /// Requests a second that are served and announced, when nothing else was asked for.
    announced: Option<u32>,
    counters: Arc<Counters>,
    sequence: Arc<Mutex<Sequence>>,
    window: Arc<Mutex<Window>>,
}

impl Front {
    /// A front with these troubles. An API that announces a limit names it.
    pub(crate) fn new(
        trouble: Trouble,
        announced: Option<u32>,
        counters: Arc<Counters>,
        seed: u64,
    ) -> Self {
        let sequence = Arc::new(Mutex::new(Sequence::new(seed ^ 0x5eed)));
        Self { trouble, announced, counters, sequence, window: Arc::default() }
    }

    /// Puts the front before a router.
    pub(crate) fn before(self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self, pass))
    }

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

    fn between(&self, low: u64, high: u64) -> u64 {
        self.sequence.lock().unwrap_or_else(PoisonError::into_inner).between(low, high)
    }
}

async fn pass(State(front): State<Front>, request: Request, next: Next) -> Response {
    let number = front.counters.request();
    if front.trouble.block_after.is_some_and(|after| number > after) {
        return blocked();
    }
    if let Some((low, high)) = front.trouble.delay_ms {
        tokio::time::sleep(Duration::from_millis(front.between(low, high))).await;
    }
    let limit = front.trouble.throttle_per_second.or(front.announced);
    let left = limit.map(|limit| front.take(limit));
    let mut response = match left {
        Some(None) => too_many(),
        _ => next.run(request).await,
    };
    if front.trouble.volatile {
        response = add_volatile_fields(response, &front).await;
    }
    if let (Some(limit), Some(left)) = (limit, left) {
        announce(&mut response, limit, left.unwrap_or(0));
    }
    response
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

fn announce(response: &mut Response, limit: u32, left: u32) {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("ratelimit-limit"), HeaderValue::from(limit));
    headers.insert(HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(left));
    headers.insert(HeaderName::from_static("ratelimit-reset"), HeaderValue::from(1));
}

/// A value in JSON, indented as that text is.
fn written_as(like: &[u8], value: &Value) -> Vec<u8> {
    let second = like.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let indent: Vec<u8> = second.iter().copied().take_while(|byte| *byte == b' ').collect();
    if indent.is_empty() {
        return value.to_string().into_bytes();
    }
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(&indent);
    let mut writer = serde_json::Serializer::with_formatter(&mut text, format);
    // Writing a value to memory cannot fail.
    let _ = value.serialize(&mut writer);
    text
}

async fn add_volatile_fields(response: Response, front: &Front) -> Response {
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
            let volatile = [
                ("requestId", json!(request_id)),
                ("servedAt", json!(clock::unix_nanos().to_string())),
                ("nonce", json!(front.between(0, u64::MAX).to_string())),
            ];
            let volatile = volatile.map(|(name, value)| (name.to_owned(), value));
            // A graph's answer has a place for more, and no other (GraphQL October 2021, 7.1).
            if !fields.is_empty() && fields.keys().all(|name| GRAPH_ANSWER.contains(&name.as_str()))
            {
                fields.insert("extensions".into(), Value::Object(volatile.into_iter().collect()));
            } else {
                fields.extend(volatile);
            }
            written_as(&bytes, &Value::Object(fields)).into()
        }
        _ => bytes,
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}
