//! The descriptor: switches, scenes, and the way in.

use super::model::Talk;
use super::records::Desk;
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Starting};
use crate::kit::serving;
use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use std::sync::Arc;

/// The description, as a person would have written it.
const DESCRIPTION: &str = include_str!("openapi.json");

/// The chat.
pub(crate) const API: Api = Api {
    name: "chat",
    title: "an assistant with tools: instructions, documents, memory, other people's orders",
    switches: &[
        ("instructions-overridden", "The model drops its instructions when told to (CWE-1427)"),
        ("instructions-told", "The model tells its instructions (CWE-200)"),
        ("document-obeyed", "The model obeys what stands in a document (CWE-1427)"),
        ("agent-owner-unchecked", "The order tool asks nobody whose it is (CWE-639)"),
        ("memory-shared", "One memory is kept for everybody (CWE-488)"),
        ("encoded-words-obeyed", "Encoded words pass the filter (CWE-1427)"),
        ("usage-told", "Answers tell the model's name and its use (CWE-200)"),
        ("tools-open", "The server of tools asks nobody who calls (CWE-306)"),
    ],
    apart: &[],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[ALL, HARDENED],
    openapi,
    start,
};

type Shared = State<Arc<Desk>>;

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    serving::described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(serving::serve(options, |options, _| router(Arc::new(Desk::open(options.on)))))
}

fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/auth/login", post(sign_in))
        .route("/orders", get(orders))
        .route("/orders/{number}", get(order))
        .route("/notes", get(notes).post(add_note))
        .route("/notes/{id}", get(note).delete(remove_note))
        .route("/assistant/chat", post(chat))
        .route("/assistant/summaries", post(summary))
        .route("/careful/chat", post(chat))
        .route("/careful/summaries", post(summary))
        .route("/mcp", post(tools))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "there is nothing here") })
        .with_state(desk)
}

fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

fn text<'b>(body: &'b Value, name: &str) -> &'b str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whose token it is.
fn caller(desk: &Desk, headers: &HeaderMap) -> Option<&'static str> {
    desk.sessions.caller(headers).map(|it| it.email)
}

fn stranger() -> Response {
    refused(StatusCode::UNAUTHORIZED, "log in first")
}

async fn sign_in(State(desk): Shared, Json(body): Json<Value>) -> Response {
    match desk.sessions.sign_in(text(&body, "email"), text(&body, "password")) {
        Ok(Some(token)) => Json(json!({ "access_token": token })).into_response(),
        Ok(None) => refused(StatusCode::UNAUTHORIZED, "no such account"),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "try again"),
    }
}

async fn orders(State(desk): Shared, headers: HeaderMap) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    Ok(Json(desk.orders_of(email)).into_response())
}

async fn order(
    State(desk): Shared,
    Path(number): Path<u64>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    let found = desk.order(number, email, false);
    found.map(|it| Json(it).into_response()).ok_or_else(nothing)
}

fn nothing() -> Response {
    refused(StatusCode::NOT_FOUND, "no such thing")
}

async fn notes(State(desk): Shared, headers: HeaderMap) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    Ok(Json(desk.notes_of(email)).into_response())
}

async fn add_note(
    State(desk): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    let added = desk.add_note(email, text(&body, "text"));
    let added = added.ok_or_else(|| refused(StatusCode::CONFLICT, "too many notes"))?;
    Ok((StatusCode::CREATED, Json(added)).into_response())
}

async fn note(
    State(desk): Shared,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    desk.note(id, email).map(|it| Json(it).into_response()).ok_or_else(nothing)
}

async fn remove_note(
    State(desk): Shared,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    if desk.remove_note(id, email) {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(nothing())
    }
}

async fn chat(
    State(desk): Shared,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    let careful = uri.path().starts_with("/careful");
    let talk = Talk { desk: &desk, email, careful };
    let mut answer = json!({ "reply": talk.reply(text(&body, "message")) });
    if let Some(members) = answer.as_object_mut().filter(|_| !careful && desk.has("usage-told")) {
        members.insert("model".to_owned(), json!("gpt-4o-mini-2024-07-18"));
        members.insert("usage".to_owned(), json!({"total_tokens": 57}));
    }
    Ok(Json(answer).into_response())
}

async fn summary(
    State(desk): Shared,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    let email = caller(&desk, &headers).ok_or_else(stranger)?;
    let talk = Talk { desk: &desk, email, careful: uri.path().starts_with("/careful") };
    let summary = talk.summary(text(&body, "document"));
    Ok(Json(json!({ "summary": summary })).into_response())
}

/// The server of tools (JSON-RPC 2.0, Model Context Protocol).
async fn tools(
    State(desk): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Response> {
    if !desk.has("tools-open") {
        caller(&desk, &headers).ok_or_else(stranger)?;
    }
    let result = match text(&body, "method") {
        "initialize" => json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
            "serverInfo": {"name": "harbour-tools", "version": "1"}}),
        "tools/list" => json!({"tools": [
            {"name": "get_order", "description": "Reads an order.", "inputSchema": {"type": "object"}},
            {"name": "refund_order", "description": "Pays back.", "inputSchema": {"type": "object"}},
        ]}),
        "resources/list" => json!({ "resources": [] }),
        _ if body.get("id").is_none() => return Ok(StatusCode::ACCEPTED.into_response()),
        _ => {
            let error = json!({"code": -32601, "message": "method not found"});
            let id = body.get("id");
            return Ok(Json(json!({"jsonrpc": "2.0", "id": id, "error": error})).into_response());
        }
    };
    Ok(Json(json!({"jsonrpc": "2.0", "id": body.get("id"), "result": result})).into_response())
}
