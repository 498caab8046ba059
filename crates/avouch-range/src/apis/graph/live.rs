//! Subscriptions: events over a WebSocket, without end, until the client leaves.
//!
//! The protocol is the newer of the two, `graphql-transport-ws`. Whoever connects is greeted, with a
//! credential or without: a greeting gives nothing away. Who may listen is decided when they subscribe.

use super::api::caller;
use super::data::Graph;
use super::execute::{Caller, Execution};
use super::language::{Document, Root, read};
use super::validate::{Rules, fault};
use crate::kit::socket::{Socket, agree};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;

const PROTOCOL: &str = "graphql-transport-ws";
/// How often something happens.
const EVERY: Duration = Duration::from_millis(150);
/// The status of a socket on which something is said that makes no sense (4400 in the protocol).
const BAD_REQUEST: u16 = 4400;
/// Subscriptions are as small as other questions.
const RULES: Rules = Rules { suggests: false, depth_max: 8, names_max: 1 };

/// Whether a socket is asked for.
pub(super) fn asks_for_socket(headers: &HeaderMap) -> bool {
    headers.contains_key(header::SEC_WEBSOCKET_KEY)
}

/// Opens a socket in the one protocol that is spoken.
pub(super) fn open(graph: Arc<Graph>, request: Request) -> Response {
    let offered = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !offered.split(',').any(|name| name.trim() == PROTOCOL) {
        return (StatusCode::BAD_REQUEST, "this protocol is not spoken").into_response();
    }
    let greeted = caller(&graph, request.headers());
    agree(request, Some(PROTOCOL), move |socket| talk(graph, socket, greeted))
}

/// Greets, and tells what is subscribed to.
async fn talk(graph: Arc<Graph>, mut socket: Socket, known: Option<Caller>) -> io::Result<()> {
    let mut known = known;
    while let Some(text) = socket.hear().await? {
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        match said.get("type").and_then(Value::as_str) {
            Some("connection_init") => {
                known = known.or_else(|| by_token(&graph, &said));
                socket.say(&json!({"type": "connection_ack"}).to_string()).await?;
            }
            Some("ping") => socket.say(&json!({"type": "pong"}).to_string()).await?,
            Some("subscribe") => return tell(&graph, &mut socket, &said, known).await,
            Some("pong" | "complete") => (),
            _ => return socket.close(BAD_REQUEST).await,
        }
    }
    Ok(())
}

/// Whose token `connection_init` carries.
fn by_token(graph: &Graph, said: &Value) -> Option<Caller> {
    let token = said.pointer("/payload/Authorization").and_then(Value::as_str)?;
    let headers = [(header::AUTHORIZATION, HeaderValue::from_str(token).ok()?)];
    caller(graph, &HeaderMap::from_iter(headers))
}

/// Tells one subscription's events until the client leaves.
async fn tell(
    graph: &Graph,
    socket: &mut Socket,
    said: &Value,
    known: Option<Caller>,
) -> io::Result<()> {
    let id = said.get("id").cloned().unwrap_or_default();
    let refused = |message: &str| {
        let error = json!({"message": message, "extensions": {"code": "BAD_USER_INPUT"}});
        json!({"id": id, "type": "error", "payload": [error]}).to_string()
    };
    let text = said.pointer("/payload/query").and_then(Value::as_str).unwrap_or_default();
    let document = match read(text, &Map::new()) {
        Some(document) if document.root == Root::Subscription => document,
        _ => return socket.say(&refused("This is no subscription")).await,
    };
    if let Some(fault) = fault(&document, RULES) {
        return socket.say(&refused(&fault)).await;
    }
    for event in 0.. {
        let (data, errors) = happened(graph, &document, known, event);
        if !errors.is_empty() {
            let error = json!({"id": id, "type": "error", "payload": errors});
            return socket.say(&error.to_string()).await;
        }
        let next = json!({"id": id, "type": "next", "payload": {"data": data}});
        socket.say(&next.to_string()).await?;
        tokio::time::sleep(EVERY).await;
    }
    Ok(())
}

/// What one event shows this caller.
fn happened(
    graph: &Graph,
    document: &Document,
    caller: Option<Caller>,
    event: usize,
) -> (Value, Vec<Value>) {
    let mut execution = Execution { graph, caller, document, event, errors: Vec::new() };
    let data = execution.run();
    (data, execution.errors)
}
