//! Sockets: news for one tenant, and a ticker for everybody (RFC 6455).

use super::flats::stranger;
use super::state::Estate;
use crate::kit::socket::agree;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;
use std::sync::Arc;

type Shared = State<Arc<Estate>>;

/// A tenant's own news: by cookie, and for the estate's own pages.
pub(super) async fn live(State(estate): Shared, request: Request) -> Response {
    let Some(account) = estate.caller(request.headers()) else { return stranger() };
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let is_own = origin.is_none_or(|origin| origin == estate.base_url);
    if !is_own && !estate.has("socket-any-origin") {
        return StatusCode::FORBIDDEN.into_response();
    }
    told(request, json!({"tenant": account.name, "door": "was opened at 07:14"}).to_string())
}

/// The same for everybody: no page gains anything by it.
pub(super) async fn ticker(request: Request) -> Response {
    told(request, json!({"flats": 12}).to_string())
}

/// Says one thing, and waits a while for what the client says.
fn told(request: Request, message: String) -> Response {
    agree(request, None, async move |mut socket| {
        socket.say(&message).await?;
        socket.hear().await?;
        socket.hear().await.map(drop)
    })
}
