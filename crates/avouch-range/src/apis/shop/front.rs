//! What every request passes before and after its handler: sessions that end, headers, origins.

use super::state::{Shared, ShopState};
use crate::apis::shop::weakness::Weakness;
use crate::kit::front::Front;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

/// LIMIT: requests per second a well-made shop serves when no other bound is asked for.
const REQUESTS_PER_SECOND: u32 = 5_000;
/// The name that trusted origins end in, for a check that forgets the dot before it.
const OWN_NAME: &str = "shop.example";

/// Puts the front before a router.
pub(crate) fn guard(router: Router, shop: &Shared) -> Router {
    let well_made = !shop.switches.has(Weakness::RateLimitUnannounced);
    let front = Front::new(
        shop.options.trouble.clone(),
        well_made.then_some(REQUESTS_PER_SECOND),
        Arc::clone(&shop.counters),
        shop.options.seed,
    );
    front.before(router.layer(middleware::from_fn_with_state(shop.clone(), pass)))
}

async fn pass(State(shop): State<Shared>, request: Request, next: Next) -> Response {
    let number = shop.counters.requests();
    if shop.options.kill_tokens_after.is_some_and(|after| after > 0 && number % after == 0) {
        shop.end_all_sessions();
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = match *request.method() {
        Method::TRACE if shop.switches.has(Weakness::TraceEnabled) => echo(&request),
        Method::OPTIONS if origin.as_ref().is_some_and(|origin| trusts(&shop, origin)) => {
            preflight()
        }
        _ => next.run(request).await,
    };
    finish(&mut response, &shop, origin.as_ref());
    response
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
