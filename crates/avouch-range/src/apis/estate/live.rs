//! Sockets: news for one tenant, and a ticker for everybody (RFC 6455).

use super::flats::stranger;
use super::state::Estate;
use aws_lc_rs::digest;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::json;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

type Shared = State<Arc<Estate>>;

/// LIMIT: bytes read of what a client says.
const HEARD_BYTES_MAX: usize = 4096;

/// A tenant's own news: by cookie, and for the estate's own pages.
pub(super) async fn live(State(estate): Shared, request: Request) -> Response {
    let Some(account) = estate.caller(request.headers()) else { return stranger() };
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let is_own = origin.is_none_or(|origin| origin == estate.base_url);
    if !is_own && !estate.has("socket-any-origin") {
        return StatusCode::FORBIDDEN.into_response();
    }
    agree(request, json!({"tenant": account.name, "door": "was opened at 07:14"}).to_string())
}

/// The same for everybody: no page gains anything by it.
pub(super) async fn ticker(request: Request) -> Response {
    agree(request, json!({"flats": 12}).to_string())
}

fn agree(mut request: Request, message: String) -> Response {
    let Some(accept) = accept(request.headers()) else {
        return (StatusCode::UPGRADE_REQUIRED, "a websocket is served here").into_response();
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        // A client that leaves before is no fault of ours.
        let Ok(upgraded) = upgrade.await else { return };
        let mut stream = TokioIo::new(upgraded);
        let length = u8::try_from(message.len()).unwrap_or_default();
        let frame = [&[0x81, length], message.as_bytes()].concat();
        let mut heard = vec![0; HEARD_BYTES_MAX];
        if stream.write_all(&frame).await.is_ok() && stream.flush().await.is_ok() {
            let _ = stream.read(&mut heard).await;
            let _ = stream.read(&mut heard).await;
        }
    });
    let answer = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, accept)
        .body(Body::empty());
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// What shows the client that the protocol is spoken; `None` when it did not ask for it.
fn accept(headers: &HeaderMap) -> Option<String> {
    let asks = headers.get(header::UPGRADE)?.to_str().ok()?.eq_ignore_ascii_case("websocket");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asks)?.to_str().ok()?;
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    Some(STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes())))
}
