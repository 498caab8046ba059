//! The OpenAPI document against the shop it describes.

use crate::desk::Desk;
use avouch_range::{Switches, openapi};
use serde_json::Value;

/// Routed, and left out of the document on purpose.
pub(crate) const HIDDEN: [&str; 13] = [
    "GET /",
    "GET /app",
    "GET /app/{*rest}",
    "GET /admin/config",
    "GET /internal/users",
    "GET /legacy/price-list.csv",
    "GET /actuator",
    "GET /actuator/env",
    "GET /debug/pprof/",
    "GET /metrics",
    "GET /.git/HEAD",
    "GET /.git/config",
    "GET /.env",
];

/// Every `METHOD /template` of the document.
pub(crate) fn described() -> Vec<String> {
    let document = openapi("http://shop.test", &Switches::all());
    let mut keys = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            keys.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    keys
}

#[tokio::test]
async fn what_is_described_is_routed() {
    let desk = Desk::open(Switches::none()).await;
    for key in described() {
        let (method, template) = key.split_once(' ').unwrap();
        let path = template.replace(['{', '}'], "");
        desk.ask(method, &path, &[], None).await;
        assert!(desk.shop.requests_by_operation().contains_key(&key), "{key}");
    }
}

#[tokio::test]
async fn what_is_hidden_is_routed_and_not_described() {
    let desk = Desk::open(Switches::all()).await;
    for key in HIDDEN {
        assert!(!described().contains(&key.to_owned()), "{key}");
        let path = key.trim_start_matches("GET ").replace("{*rest}", "x");
        assert_eq!(desk.get(&path, Some(&desk.a)).await.status, 200, "{key}");
        assert!(desk.shop.requests_by_operation().contains_key(key), "{key}");
    }
}

#[tokio::test]
async fn an_operation_that_declares_a_token_refuses_without_one() {
    let desk = Desk::open(Switches::none()).await;
    let document = desk.shop.openapi();
    let lenient = ["/portal/summary", "/dashboard"];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let secured = operation["security"] != Value::Array(Vec::new());
            if secured && !lenient.contains(&path.as_str()) {
                let status = desk.ask(&method.to_uppercase(), path, &[], None).await.status;
                assert_eq!(status, 401, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_well_made_shop_answers_only_described_fields() {
    let desk = Desk::open(Switches::none()).await;
    let document = desk.shop.openapi();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(operation) = item.get("get").filter(|_| !path.contains('{')) else { continue };
        if path.contains("logout") || path.contains("reset") {
            continue;
        }
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let reply = desk.get(path, Some(&desk.admin)).await;
        if reply.status == 200 {
            assert_fields(schema, &reply.json(), path);
        }
    }
}

fn assert_fields(schema: &Value, value: &Value, path: &str) {
    match value {
        Value::Object(fields) if schema["additionalProperties"] != true => {
            for (name, inside) in fields {
                let described = &schema["properties"][name];
                assert!(!described.is_null(), "`{name}` of {path}");
                assert_fields(described, inside, path);
            }
        }
        Value::Array(items) => {
            for item in items {
                assert_fields(&schema["items"], item, path);
            }
        }
        _ => (),
    }
}
