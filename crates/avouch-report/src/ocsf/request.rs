//! Requests as API activity.

use super::Mapping;
use super::event::{Class, Entry, Event, FAILURE, OTHER, SUCCESS, actor, endpoint, resources};
use avouch_model::coding::{Fact, JsonError, Personal};
use avouch_model::fact::request::{Answer, Request, SeenBy};
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping =
    Mapping { kind: Request::NAME, class: "API Activity (6003)", event };

pub(super) const API_ACTIVITY: Class = Class { number: 6003, name: "API Activity" };

/// Methods that the schema knows.
const METHODS: [&str; 9] =
    ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT", "PATCH"];

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let request = Request::of_json(fact)?;
    let activity = match request.method.as_str() {
        "POST" => 1,
        "GET" | "HEAD" | "OPTIONS" => 2,
        "PUT" | "PATCH" => 3,
        "DELETE" => 4,
        _ => OTHER,
    };
    let mut event = Event::new(API_ACTIVITY, activity, Request::NAME, fact, entry);
    event
        .put("status_id", status(&request))
        .maybe("status_code", request.status.map(|status| status.to_string()))
        .maybe("status_detail", request.because.clone())
        .put("actor", acting(&request))
        .put("api", json!({ "operation": operation(&request), "request": { "uid": request.id } }))
        .put("src_endpoint", from(&request))
        .put("dst_endpoint", json!({ "hostname": request.host }))
        .put("http_request", http_request(&request))
        .maybe("http_response", request.status.map(|code| response(code, &request)))
        .maybe("resources", resources(request.objects.iter().map(Personal::shown)))
        .maybe("duration", request.took_us.map(|took| took / 1000));
    Ok(Some(event.done()))
}

/// Whether it was let through and answered well. Without an answer it was not; what was not judged
/// and not answered is not known.
fn status(request: &Request) -> u64 {
    match (request.answer, request.status) {
        (Some(Answer::Deny | Answer::Error), _) => FAILURE,
        (_, Some(status)) if status < 400 => SUCCESS,
        (_, Some(_)) => FAILURE,
        (_, None) if request.because.is_some() => FAILURE,
        (_, None) => 0,
    }
}

fn operation(request: &Request) -> String {
    let path = request.path.as_ref().and_then(Personal::clear);
    match (&request.operation, path) {
        (Some(operation), _) => operation.clone(),
        (None, Some(path)) => format!("{} {path}", request.method),
        (None, None) => request.method.clone(),
    }
}

/// Who asked, and what was decided about it by which policies.
fn acting(request: &Request) -> Value {
    let mut actor = actor(request.principal.as_ref(), request.session.as_deref());
    let Some(answer) = request.answer else { return actor };
    let decision = avouch_model::coding::Word::word(answer);
    let by = |policy: &String| json!({ "decision": decision, "policy": { "uid": policy } });
    let mut decisions: Vec<Value> = request.policies.iter().map(by).collect();
    if decisions.is_empty() {
        decisions.push(json!({ "decision": decision }));
    }
    if let Some(members) = actor.as_object_mut() {
        members.insert("authorizations".to_owned(), Value::Array(decisions));
    }
    actor
}

fn from(request: &Request) -> Value {
    match (&request.address, request.seen_by) {
        (None, SeenBy::Scanner) => json!({ "svc_name": "avouch" }),
        (address, _) => endpoint(address.as_ref()),
    }
}

fn http_request(request: &Request) -> Value {
    let mut members = serde_json::Map::new();
    if METHODS.contains(&request.method.as_str()) {
        members.insert("http_method".to_owned(), json!(request.method));
    }
    if let Some(path) = &request.path {
        let url = json!({ "hostname": request.host, "path": path.shown() });
        members.insert("url".to_owned(), url);
    }
    if let Some(bytes) = request.request_bytes {
        members.insert("body_length".to_owned(), json!(bytes));
    }
    if let Some(protocol) = &request.protocol {
        members.insert("version".to_owned(), json!(protocol));
    }
    members.insert("uid".to_owned(), json!(request.id));
    Value::Object(members)
}

fn response(code: u64, request: &Request) -> Value {
    match request.answer_bytes {
        Some(bytes) => json!({ "code": code, "body_length": bytes }),
        None => json!({ "code": code }),
    }
}
