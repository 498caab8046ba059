//! Recordings as a whole: what is secret stays where it is, and what is kept says the same.

use crate::catalog::Catalog;
use crate::reading::{Document, read, without_secrets};
use avouch_model::operation::{Place, Security};
use avouch_model::schema::{Additional, Kind};
use proptest::prelude::*;
use serde_json::{Value, json};

fn document(value: &Value) -> Document {
    Document { name: "recorded.json".to_owned(), bytes: value.to_string().into_bytes() }
}

fn catalog(value: &Value) -> Catalog {
    read(&document(value), &[]).unwrap().catalog
}

fn entry(
    method: &str,
    url: &str,
    headers: &Value,
    body: Option<(&str, &str)>,
    answer: &Value,
) -> Value {
    let mut entry = json!({
        "request": {"method": method, "url": url, "headers": headers},
        "response": {"status": 200, "content": {"mimeType": "application/json", "text": answer.to_string()}}
    });
    if let Some((mime, text)) = body {
        entry["request"]["postData"] = json!({"mimeType": mime, "text": text});
    }
    entry
}

fn har(entries: &[Value]) -> Value {
    json!({"log": {"entries": entries}})
}

fn get(path: &str) -> Value {
    entry("GET", &format!("https://a.test{path}"), &json!([]), None, &json!({"id": 1}))
}

#[test]
fn ids_are_generalised_and_their_values_are_examples() {
    let paths = ["/users/ada", "/users/bob", "/users/cyd", "/users/dan", "/users/me", "/orders/7"];
    let catalog = catalog(&har(&paths.map(get)));
    let ids: Vec<&str> = catalog.operations.iter().map(|o| &*o.id.0).collect();
    assert_eq!(ids, ["GET /users/{userId}", "GET /users/me", "GET /orders/{orderId}"]);
    assert_eq!(catalog.operations[0].parameters[0].examples, ["ada", "bob", "cyd", "dan"]);
    assert_eq!(catalog.operations[2].parameters[0].examples, [7]);
    assert_eq!(catalog.servers, ["https://a.test"]);
}

#[test]
fn what_was_there_each_time_is_required() {
    let catalog = catalog(&har(&[get("/a?x=1&y=b"), get("/a?x=2")]));
    let required: Vec<(&str, bool)> =
        catalog.operations[0].parameters.iter().map(|p| (&*p.name, p.required)).collect();
    assert_eq!(required, [("x", true), ("y", false)]);
    let post = |text: &str| {
        let json = Some(("application/json", text));
        entry(
            "POST",
            "https://a.test/a",
            &json!([]),
            json,
            &json!([{"id": 1}, {"id": 2, "n": null}]),
        )
    };
    let posts = [post(r#"{"a": 1, "b": "2020-01-02"}"#), post(r#"{"a": 1.5}"#)];
    let operation = &super::tests::catalog(&har(&posts)).operations[0];
    let body = &operation.body[0].schema;
    assert_eq!(body.required, ["a"]);
    assert_eq!(body.properties["a"].kinds, [Kind::Integer, Kind::Number]);
    assert_eq!(body.properties["b"].format.as_deref(), Some("date"));
    assert_eq!(operation.body[0].examples.len(), 2);
    let item = operation.answers[0].media[0].schema.items.clone().unwrap();
    assert_eq!((&*item.required, item.additional), (&["id".to_owned()][..], Additional::Allowed));
    assert!(item.properties["id"].examples.is_empty(), "values of answers are not used");
}

/// What must be found nowhere.
const SECRET: &str = "S3CRETVALUE";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM0NSRVRWQUxVRSJ9.c2lnbmF0dXJl";

fn full_of_secrets() -> Value {
    let headers = json!([
        {"name": "Authorization", "value": format!("Bearer {SECRET}")},
        {"name": "Cookie", "value": format!("theme=dark; sid={SECRET}")},
        {"name": "X-Api-Key", "value": SECRET},
        {"name": "X-Trace", "value": TOKEN},
    ]);
    let body = json!({"password": SECRET, "user": "ann", "deep": [{"session": {"id": SECRET}, "t": TOKEN}]});
    let url = format!(
        "https://ann:{SECRET}@a.test/reset/{TOKEN}?access_token={SECRET}&password={SECRET}&q=1#{SECRET}"
    );
    har(&[
        entry(
            "POST",
            &url,
            &headers,
            Some(("application/json", &body.to_string())),
            &json!({"access_token": SECRET, "name": SECRET, "at": "2020-01-01"}),
        ),
        entry(
            "POST",
            "https://a.test/login",
            &json!([{"name": "authorization", "value": SECRET}]),
            Some(("application/x-www-form-urlencoded", &format!("user=ann&passwd={SECRET}"))),
            &json!([SECRET]),
        ),
        entry(
            "PUT",
            "https://a.test/raw",
            &json!([]),
            Some(("text/plain", SECRET)),
            &json!(SECRET),
        ),
    ])
}

#[test]
fn no_secret_of_a_recording_is_in_the_catalogue() {
    let catalog = catalog(&full_of_secrets());
    let shown = format!("{catalog:#?}");
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
    let ids: Vec<&str> = catalog.operations.iter().map(|o| &*o.id.0).collect();
    assert_eq!(ids, ["POST /reset/{token}", "POST /login", "PUT /raw"]);
    assert_eq!(catalog.operations[0].security, Security::Undeclared);
    let places: Vec<(Place, &str)> =
        catalog.operations[0].parameters.iter().map(|p| (p.place, &*p.name)).collect();
    let expected = [
        (Place::Path, "token"),
        (Place::Query, "password"),
        (Place::Query, "q"),
        (Place::Header, "X-Trace"),
    ];
    assert_eq!(places, expected);
    let warned = catalog.warnings.iter().any(|w| w.message.contains("none is used or shown"));
    assert!(warned, "{:?}", catalog.warnings);
}

fn same_operations(one: &Catalog, two: &Catalog) {
    let bare = |catalog: &Catalog| {
        let mut operations = catalog.operations.clone();
        for operation in &mut operations {
            operation.described_at = None;
        }
        operations
    };
    assert_eq!(bare(one), bare(two));
    assert_eq!((&one.schemes, &one.servers), (&two.schemes, &two.servers));
}

#[test]
fn what_is_kept_of_a_recording_holds_no_secret_and_says_the_same() {
    let whole = document(&full_of_secrets());
    let kept = without_secrets(&whole);
    let text = String::from_utf8(kept.bytes.clone()).unwrap();
    assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    same_operations(&read(&whole, &[]).unwrap().catalog, &read(&kept, &[]).unwrap().catalog);
    let other = Document { name: "a.yaml".into(), bytes: b"openapi: 3.0.0\npaths: {}\n".to_vec() };
    assert_eq!(without_secrets(&other), other);
    let broken = Document { name: "a".into(), bytes: b"{\"log\": [".to_vec() };
    assert_eq!(without_secrets(&broken).bytes, b"{}");
}

fn collection() -> Value {
    json!({
        "info": {"name": "n", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "event": [{"listen": "test", "script": {"exec": [SECRET]}}],
        "variable": [
            {"key": "base", "value": "https://a.test/v2"}, {"key": "token", "value": SECRET},
            {"key": "other", "value": SECRET, "type": "secret"}, {"key": "jwt", "value": TOKEN}],
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": SECRET}]},
        "item": [
            {"name": "a", "description": SECRET, "request": {
                "method": "POST", "description": SECRET,
                "header": [{"key": "X-Api-Key", "value": SECRET}, {"key": "Cookie", "value": format!("sid={SECRET}")}],
                "url": {"raw": format!("{{{{base}}}}/a/:id?password={SECRET}"), "host": ["{{base}}"], "path": ["a", ":id"],
                    "query": [{"key": "password", "value": SECRET}], "variable": [{"key": "id", "value": "5"}]},
                "body": {"mode": "raw", "raw": format!("{{\"password\": \"{SECRET}\", \"n\": {{{{n}}}}, \"t\": \"{{{{token}}}}\"}}")}},
             "response": [{"code": 200, "header": [{"key": "Content-Type", "value": "application/json"}, {"key": "Set-Cookie", "value": SECRET}],
                "body": format!("{{\"name\": \"{SECRET}\"}}"), "originalRequest": {"url": SECRET}}]},
            {"name": "b", "item": [{"name": "c", "request": {
                "method": "PUT", "url": format!("https://a.test/v2/b?access_token={SECRET}"),
                "auth": {"type": "basic", "basic": {"username": "u", "password": SECRET}},
                "body": {"mode": "formdata", "formdata": [{"key": "passwd", "value": SECRET, "type": "text"}]}}}]},
            {"name": "d", "request": {"method": "PATCH", "url": "{{base}}/d", "header": format!("X-Token: {SECRET}"),
                "body": {"mode": "graphql", "graphql": {"query": "{me}", "variables": format!("{{\"secret\": \"{SECRET}\"}}")}}}},
        ]
    })
}

#[test]
fn no_secret_of_a_collection_is_in_the_catalogue_or_kept() {
    let whole = document(&collection());
    let catalog = read(&whole, &[]).unwrap().catalog;
    // A summary is the name a person gave; nothing else of what they wrote is read.
    let shown = format!("{catalog:#?}");
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
    let kept = without_secrets(&whole);
    let text = String::from_utf8(kept.bytes.clone()).unwrap();
    assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    let again = read(&kept, &[]).unwrap().catalog;
    let ids = |catalog: &Catalog| -> Vec<String> {
        catalog.operations.iter().map(|o| format!("{} {:?}", o.id, o.security)).collect()
    };
    assert_eq!(ids(&catalog), ids(&again));
    assert_eq!(again.operations[0].parameters[0].examples, [5]);
    assert!(again.operations[0].body[0].schema.properties.contains_key("n"));
}

#[test]
fn variables_without_values_are_parameters_and_no_examples() {
    let request = |raw: &str| json!({"name": "x", "request": {"method": "GET", "url": raw}});
    let items = [
        request("{{host}}/a/{{id}}"),
        request("{{host}}/b/{{$guid}}?q={{q}}"),
        request("{{host}}/c/x-{{part}}"),
        request("localhost:8080/d"),
        request("{{loop}}/e"),
    ];
    let catalog = catalog(&json!({"info": {"name": "n"}, "item": items,
        "variable": [{"key": "loop", "value": "{{loop}}{{loop}}"}]}));
    let ids: Vec<&str> = catalog.operations.iter().map(|o| &*o.id.0).collect();
    assert_eq!(ids, ["GET /a/{id}", "GET /b/{guid}", "GET /c/{part}", "GET /d", "GET /e"]);
    let examples = catalog.operations.iter().flat_map(|o| &o.parameters).map(|p| p.examples.len());
    assert_eq!(examples.sum::<usize>(), 0);
}

#[test]
fn a_recording_of_unusual_size_is_read_within_bounds() {
    let many: Vec<Value> = (0..3_000).map(|n| get(&format!("/t{n}/x?q{n}=1"))).collect();
    assert_eq!(catalog(&har(&many)).operations.len(), 3_000);
    let wide: serde_json::Map<String, Value> =
        (0..5_000).map(|n| (format!("k{n}"), json!(n))).collect();
    let post = entry(
        "POST",
        "https://a.test/w",
        &json!([]),
        Some(("application/json", &Value::Object(wide).to_string())),
        &json!({}),
    );
    assert_eq!(catalog(&har(&[post])).operations[0].body[0].schema.properties.len(), 200);
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    let post = entry(
        "POST",
        "https://a.test/d",
        &json!([]),
        Some(("application/json", &deep)),
        &json!({}),
    );
    let mut schema = catalog(&har(&[post])).operations[0].body[0].schema.clone();
    let mut depth = 0;
    while let Some(items) = schema.items.clone() {
        schema = items;
        depth += 1;
    }
    assert!(depth <= 26, "{depth}");
}

/// Any JSON, with the names that the readers look for.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z{}:/?&=.%@\\PC]{0,24}".prop_map(Value::from),
        Just(json!("{{x}}/a/:b")),
        Just(json!("https://a.test/x/1?y=z")),
        Just(json!("raw")),
    ];
    let name = prop::sample::select(vec![
        "log",
        "entries",
        "request",
        "response",
        "url",
        "method",
        "headers",
        "postData",
        "text",
        "params",
        "mimeType",
        "content",
        "status",
        "name",
        "value",
        "info",
        "item",
        "variable",
        "auth",
        "type",
        "key",
        "raw",
        "path",
        "host",
        "query",
        "body",
        "mode",
        "header",
        "code",
        "apikey",
        "urlencoded",
        "graphql",
    ]);
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                Value::Object(members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_recording_panics(one in any_json(), two in any_json()) {
        let har = json!({"log": {"entries": [one, {"request": {"url": "https://a.test/b", "method": "POST", "postData": two}}]}});
        let collection = json!({"info": {"schema": "postman/v2.1."}, "item": [one.clone(), {"request": two}], "auth": two, "variable": [one]});
        for value in [har, collection] {
            let whole = document(&value);
            let kept = without_secrets(&whole);
            let again = read(&kept, &[]).unwrap().catalog;
            let ids = |catalog: &Catalog| -> Vec<String> {
                catalog.operations.iter().map(|o| o.id.0.clone()).collect()
            };
            prop_assert_eq!(ids(&read(&whole, &[]).unwrap().catalog), ids(&again));
        }
    }

    #[test]
    fn no_address_panics(text in "\\PC{0,60}") {
        let item = json!({"name": "x", "request": {"method": "GET", "url": text}});
        let _ = catalog(&json!({"info": {"name": "n"}, "item": [item]}));
    }
}
