//! An API of as many operations as are asked for, without a weakness: how the cost of a scan grows
//! is measured on it.
//!
//! Each part has four operations over things that belong to whoever made them. Nothing is kept but
//! what was made, so that the API costs less than what it measures.

use crate::api::{Options, Starting};
use crate::kit::people::Account;
use crate::kit::serving;
use crate::kit::sessions::Sessions;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Operations each part has.
const A_PART: usize = 4;
/// LIMIT: things that are ever made, over all parts.
const THINGS_MAX: usize = 100_000;
/// LIMIT: characters of a thing's name.
const NAME_MAX: usize = 80;

/// What of a thing is kept: whose it is, and its name.
#[derive(Debug)]
struct Thing {
    owner: &'static str,
    name: String,
}

/// Things by part and number, and the number of the last: no answer may cost more in a wider API.
#[derive(Debug, Default)]
struct Things {
    parts: BTreeMap<String, BTreeMap<usize, Thing>>,
    last: usize,
}

impl Things {
    fn add(&mut self, part: String, thing: Thing) -> usize {
        self.last += 1;
        self.parts.entry(part).or_default().insert(self.last, thing);
        self.last
    }

    fn own(&self, part: &str, id: usize, owner: &str) -> Option<&Thing> {
        self.parts.get(part)?.get(&id).filter(|it| it.owner == owner)
    }
}

#[derive(Debug, Default)]
struct Wide {
    parts: usize,
    sessions: Sessions,
    things: Mutex<Things>,
}

/// How many parts so many operations make.
fn parts(operations: usize) -> usize {
    operations.div_ceil(A_PART)
}

/// Describes an API of at least so many operations at that address (OpenAPI 3.1).
pub fn wide_openapi(operations: usize, base_url: &str) -> Value {
    let mut paths = Map::new();
    for part in (0..parts(operations)).map(name) {
        let thing = json!({ "type": "object", "properties": {
            "id": { "type": "integer" }, "name": { "type": "string", "maxLength": NAME_MAX } } });
        let answer = |status: &str, schema: Value| {
            json!({ status: { "description": "the answer",
                    "content": { "application/json": { "schema": schema } } } })
        };
        let list = json!({ "type": "array", "items": thing });
        let body = json!({ "required": true, "content": { "application/json": { "schema": {
            "type": "object", "required": ["name"],
            "properties": { "name": { "type": "string", "maxLength": NAME_MAX } } } } } });
        let id = json!([{ "name": "id", "in": "path", "required": true,
            "schema": { "type": "integer", "minimum": 1 } }]);
        paths.insert(
            format!("/{part}"),
            json!({
                "get": { "responses": answer("200", list) },
                "post": { "requestBody": body, "responses": answer("201", thing.clone()) },
            }),
        );
        paths.insert(
            format!("/{part}/{{id}}"),
            json!({
                "parameters": id,
                "get": { "responses": answer("200", thing) },
                "delete": { "responses": { "204": { "description": "gone" } } },
            }),
        );
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "A wide API", "version": "1" },
        "servers": [{ "url": base_url }],
        "security": [{ "bearer": [] }],
        "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } } },
        "paths": paths,
    })
}

/// Starts an API of at least so many operations on the current tokio runtime.
pub fn start_wide(operations: usize, options: Options) -> Starting {
    Box::pin(serving::serve(options, move |_, _| router(parts(operations))))
}

fn router(parts: usize) -> Router {
    let wide = Wide { parts, ..Wide::default() };
    // Each customer has two things of each part from the beginning.
    let people = crate::kit::people::accounts();
    let mut things = Things::default();
    for part in (0..parts).map(name) {
        for (owner, n) in [(people.a.email, 1), (people.b.email, 2)] {
            let name = format!("{part} number {n}");
            things.add(part.clone(), Thing { owner, name });
        }
    }
    *wide.things.lock().unwrap_or_else(PoisonError::into_inner) = things;
    Router::new()
        .route("/auth/login", post(sign_in))
        .route("/{part}", get(list).post(make))
        .route("/{part}/{id}", get(one).delete(remove))
        .with_state(Arc::new(wide))
}

/// The name of a part: no two are alike in more than their number.
fn name(number: usize) -> String {
    format!("kind{number:04}")
}

type Answer = Result<(StatusCode, Json<Value>), StatusCode>;

impl Wide {
    fn caller(&self, headers: &HeaderMap, part: &str) -> Result<Account, StatusCode> {
        let number = part.strip_prefix("kind").and_then(|number| number.parse().ok());
        let known = number.is_some_and(|n: usize| n < self.parts && name(n) == part);
        if !known {
            return Err(StatusCode::NOT_FOUND);
        }
        self.sessions.caller(headers).ok_or(StatusCode::UNAUTHORIZED)
    }

    fn things(&self) -> std::sync::MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn sign_in(State(wide): State<Arc<Wide>>, Json(body): Json<Value>) -> Answer {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match wide.sessions.sign_in(text("email"), text("password")) {
        Ok(Some(token)) => Ok((StatusCode::OK, Json(json!({ "token": token })))),
        Ok(None) => Err(StatusCode::UNAUTHORIZED),
        Err(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn list(
    State(wide): State<Arc<Wide>>,
    Path(part): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let caller = wide.caller(&headers, &part)?;
    let things = wide.things();
    let all = things.parts.get(&part).into_iter().flatten();
    let own = all.filter(|(_, it)| it.owner == caller.email);
    let shown = own.map(|(id, it)| json!({ "id": id, "name": it.name })).collect();
    Ok((StatusCode::OK, Json(Value::Array(shown))))
}

async fn make(
    State(wide): State<Arc<Wide>>,
    Path(part): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let caller = wide.caller(&headers, &part)?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut things = wide.things();
    if things.last >= THINGS_MAX {
        return Err(StatusCode::INSUFFICIENT_STORAGE);
    }
    let id = things.add(part, Thing { owner: caller.email, name: name.to_owned() });
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "name": name }))))
}

async fn one(
    State(wide): State<Arc<Wide>>,
    Path((part, id)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Answer {
    let caller = wide.caller(&headers, &part)?;
    let things = wide.things();
    let found = things.own(&part, id, caller.email).ok_or(StatusCode::NOT_FOUND)?;
    Ok((StatusCode::OK, Json(json!({ "id": id, "name": found.name }))))
}

async fn remove(
    State(wide): State<Arc<Wide>>,
    Path((part, id)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Result<StatusCode, StatusCode> {
    let caller = wide.caller(&headers, &part)?;
    let mut things = wide.things();
    things.own(&part, id, caller.email).ok_or(StatusCode::NOT_FOUND)?;
    things.parts.get_mut(&part).and_then(|all| all.remove(&id));
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_as_many_operations_as_were_asked_for() {
        let document = wide_openapi(1_000, "http://localhost");
        let paths = document["paths"].as_object().unwrap();
        let methods = |path: &Value| {
            let names = path.as_object().unwrap().keys();
            names.filter(|name| *name != "parameters").count()
        };
        assert_eq!(paths.values().map(methods).sum::<usize>(), 1_000);
        assert_eq!(parts(1), 1);
    }
}
