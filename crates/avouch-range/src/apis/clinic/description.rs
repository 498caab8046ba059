//! The description, written from the table. It names no answers, as most do not.

use super::collections::{COLLECTIONS, Collection, Ids, Rule};
use crate::api::On;
use serde_json::{Map, Value, json};

/// The `OpenAPI` document.
#[expect(clippy::unnecessary_wraps, reason = "an API may have no description")]
pub(super) fn openapi(base_url: &str, _: &On) -> Option<Value> {
    let mut paths = Map::new();
    for collection in COLLECTIONS {
        describe(collection, &mut paths);
    }
    let read = |parameters: Value| operation(&parameters, None);
    let patient = json!({"name": "patientId", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}});
    let file =
        json!({"name": "fileId", "in": "path", "required": true, "schema": {"type": "integer"}});
    let customer = json!({"name": "customer_id", "in": "query", "schema": {"type": "string"}});
    let tenant = json!({"name": "X-Tenant-Id", "in": "header", "schema": {"type": "string"}});
    for (path, parameters) in [
        ("/v2/me", json!([])),
        ("/v2/patients/{patientId}/files", json!([patient.clone()])),
        ("/v2/patients/{patientId}/files/{fileId}", json!([patient.clone(), file.clone()])),
        ("/v2/patients/{patientId}/letters", json!([patient.clone()])),
        ("/v2/patients/{patientId}/letters/{fileId}", json!([patient, file])),
        ("/v2/bills", json!([customer.clone()])),
        ("/v2/receipts", json!([customer])),
        ("/v2/beds", json!([tenant.clone()])),
        ("/v2/wards", json!([tenant])),
        ("/v2/scans", json!([])),
    ] {
        add(&mut paths, path, "get", read(parameters));
    }
    let text = json!({"type": "string"});
    let login = json!({"type": "object", "properties": {"email": text, "password": text}, "required": ["email", "password"]});
    let mut sign_in = operation(&json!([]), Some(&login));
    if let Some(members) = sign_in.as_object_mut() {
        members.insert("security".to_owned(), json!([]));
    }
    add(&mut paths, "/auth/login", "post", sign_in);
    let scheme = json!({"bearer": {"type": "http", "scheme": "bearer"}});
    Some(json!({
        "openapi": "3.0.3",
        "info": {"title": "Clinic", "version": "2"},
        "servers": [{"url": base_url}],
        "components": {"securitySchemes": scheme},
        "security": [{"bearer": []}],
        "paths": paths,
    }))
}

fn describe(collection: &Collection, paths: &mut Map<String, Value>) {
    let mut properties = Map::new();
    if let Ids::Name(name) = collection.ids {
        properties.insert(name.to_owned(), json!({"type": "string", "example": "first-steps"}));
    }
    properties.insert(collection.text.to_owned(), json!({"type": "string"}));
    let required: Vec<&String> = properties.keys().collect();
    let body = json!({"type": "object", "properties": properties, "required": required});
    add(paths, collection.list, "get", operation(&json!([]), None));
    add(paths, collection.make, "post", operation(&json!([]), Some(&body)));
    let (path, place) = match collection.item.split_once('?') {
        Some((path, _)) => (path.to_owned(), "query"),
        None => (collection.item.to_owned(), "path"),
    };
    let kind = if collection.ids == Ids::Number { "integer" } else { "string" };
    let parameter = json!([{"name": collection.parameter, "in": place, "required": true, "schema": {"type": kind}}]);
    add(paths, &path, "get", operation(&parameter, None));
    let (method, rule) = collection.change;
    if rule != Rule::Absent {
        add(paths, &path, &method.to_ascii_lowercase(), operation(&parameter, Some(&body)));
    }
    if collection.remove != Rule::Absent {
        add(paths, &path, "delete", operation(&parameter, None));
    }
}

fn operation(parameters: &Value, body: Option<&Value>) -> Value {
    let mut operation = json!({
        "parameters": parameters,
        "responses": {"200": {"description": "as asked"}},
    });
    if let (Some(members), Some(schema)) = (operation.as_object_mut(), body) {
        let content = json!({"content": {"application/json": {"schema": schema}}});
        members.insert("requestBody".to_owned(), content);
    }
    operation
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let entry = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
    if let Some(members) = entry.as_object_mut() {
        members.insert(method.to_owned(), operation);
    }
}
