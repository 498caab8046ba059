//! The descriptor: switches, scenes, and the way in.

use super::data::Graph;
use super::execute::{Caller, Execution};
use super::language::{Root, Selection, read};
use super::live;
use super::validate::{Rules, fault};
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Starting};
use crate::kit::people::accounts;
use crate::kit::serving;
use axum::Json;
use axum::Router;
use axum::extract::{Query, Request, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The graph.
pub(crate) const API: Api = Api {
    name: "graph",
    title: "a graph: ids, edges and nodes, paths to one thing, questions without bound",
    switches: &[
        ("order-owner-unchecked", "Orders are given by id without asking whose they are (CWE-639)"),
        ("node-owner-unchecked", "Nodes are given by global id without asking whose (CWE-639)"),
        ("customers-open", "The list of customers is given to strangers (CWE-306)"),
        ("author-email-shown", "An article's author shows what the customer hides (CWE-863)"),
        ("schema-open", "Strangers may read the schema (CWE-200)"),
        ("names-corrected", "Misspelt fields are corrected (CWE-209)"),
        ("console-served", "A developers' console is served (CWE-489)"),
        ("names-unbounded", "One request may ask by any number of names (CWE-770)"),
        ("depth-unbounded", "Questions may be nested without bound (CWE-674)"),
        ("mutations-by-get", "Mutations are taken by GET (CWE-352)"),
        ("subscription-open", "Strangers may listen to a customer's orders (CWE-306)"),
    ],
    apart: &[],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[ALL, HARDENED],
    openapi: |_, _: &On| None,
    start,
};

/// How deep and wide a well-made graph lets itself be asked.
const STRICT: Rules = Rules { suggests: false, depth_max: 8, names_max: 20 };

type Shared = State<Arc<Graph>>;

fn start(options: Options) -> Starting {
    Box::pin(serving::serve(options, |options, _| router(Arc::new(Graph::open(options.on)))))
}

fn router(graph: Arc<Graph>) -> Router {
    Router::new()
        .route("/", get(|| async { Json(json!({"service": "harbour graph"})) }))
        .route("/auth/login", post(sign_in))
        .route("/graphql", post(asked).get(asked_by_get))
        .route("/api/graphql", post(asked_strictly))
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "there is nothing here") })
        .with_state(graph)
}

async fn sign_in(State(graph): Shared, Json(body): Json<Value>) -> Response {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match graph.sessions.sign_in(text("email"), text("password")) {
        Ok(Some(token)) => Json(json!({"access_token": token})).into_response(),
        Ok(None) => refused(StatusCode::UNAUTHORIZED, "no such account"),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "try again"),
    }
}

async fn asked(State(graph): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let rules = Rules {
        suggests: graph.has("names-corrected"),
        depth_max: if graph.has("depth-unbounded") { usize::MAX } else { STRICT.depth_max },
        names_max: if graph.has("names-unbounded") { usize::MAX } else { STRICT.names_max },
    };
    let open = graph.has("schema-open");
    if let Some(list) = body.as_array().filter(|_| graph.has("names-unbounded")) {
        let each = list.iter().map(|one| answer(&graph, &headers, one, rules, open).1);
        return Json(each.collect::<Vec<Value>>()).into_response();
    }
    let (status, value) = answer(&graph, &headers, &body, rules, open);
    (status, Json(value)).into_response()
}

async fn asked_strictly(
    State(graph): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let (status, value) = answer(&graph, &headers, &body, STRICT, false);
    (status, Json(value)).into_response()
}

async fn asked_by_get(
    State(graph): Shared,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    if live::asks_for_socket(request.headers()) {
        return live::open(graph, request);
    }
    let headers = request.headers();
    let accepts = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let Some(text) = query.get("query") else {
        return if graph.has("console-served") && accepts.contains("text/html") {
            Html("<html><title>GraphiQL</title><script src=\"graphiql.min.js\"></script></html>")
                .into_response()
        } else {
            refused(StatusCode::BAD_REQUEST, "query is missing")
        };
    };
    let mutates = read(text, &Map::new()).is_some_and(|it| it.root == Root::Mutation);
    if mutates && !graph.has("mutations-by-get") {
        return refused(StatusCode::METHOD_NOT_ALLOWED, "mutations come by POST");
    }
    let (status, value) =
        answer(&graph, headers, &json!({"query": text}), STRICT, graph.has("schema-open"));
    (status, Json(value)).into_response()
}

/// The status and the answer to one question.
fn answer(
    graph: &Graph,
    headers: &HeaderMap,
    body: &Value,
    rules: Rules,
    schema_open: bool,
) -> (StatusCode, Value) {
    let bad = |message: &str, code: &str| {
        let error = json!({"message": message, "extensions": {"code": code}});
        (StatusCode::BAD_REQUEST, json!({ "errors": [error] }))
    };
    let variables = body.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
    let text = body.get("query").and_then(Value::as_str).unwrap_or_default();
    let Some(document) = read(text, &variables) else {
        return bad("Syntax Error", "GRAPHQL_PARSE_FAILED");
    };
    if let Some(fault) = fault(&document, rules) {
        return bad(&fault, "GRAPHQL_VALIDATION_FAILED");
    }
    let caller = caller(graph, headers);
    let introspects = document
        .selections
        .iter()
        .any(|it| matches!(it, Selection::Field(field) if field.name.starts_with("__s")));
    if introspects && !schema_open && caller.is_none() {
        return bad("GraphQL introspection is not allowed", "GRAPHQL_VALIDATION_FAILED");
    }
    if document.root == Root::Subscription {
        return bad("Subscriptions travel over a WebSocket", "GRAPHQL_VALIDATION_FAILED");
    }
    let document = &document;
    let mut execution = Execution { graph, caller, document, event: 0, errors: Vec::new() };
    let data = execution.run();
    let mut whole = json!({ "data": data });
    if let Some(members) = whole.as_object_mut().filter(|_| !execution.errors.is_empty()) {
        members.insert("errors".to_owned(), Value::Array(execution.errors));
    }
    (StatusCode::OK, whole)
}

/// Whose bearer token these headers carry.
pub(super) fn caller(graph: &Graph, headers: &HeaderMap) -> Option<Caller> {
    let account = graph.sessions.caller(headers)?;
    let people = accounts();
    let number =
        [people.a, people.b, people.admin].iter().position(|it| it.email == account.email)?;
    Some(Caller { number, staff: account.role == "admin" })
}

fn refused(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"errors": [{"message": message}]}))).into_response()
}
