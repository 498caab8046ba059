//! Descriptions that are broken, truncated, huge, or made to hurt.

use crate::program::{Avouch, Ran};
use crate::servers::shop;
use std::fmt::Write;

/// Scans an empty shop by that description.
async fn scan(name: &str, content: impl AsRef<[u8]>) -> Ran {
    let shop = shop(&[]).await;
    let avouch = Avouch::new();
    avouch.write(name, content);
    let only = ["--openapi", name, "--only", "CFG-03", "--max-requests", "60"];
    avouch.scan(&shop.base_url, &only).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_file_is_named_with_its_cause() {
    let ran = Avouch::new().scan("http://127.0.0.1:1", &["--openapi", "gone.yaml"]).await;
    ran.ended(2).complained(&["cannot read `gone.yaml`", "No such file"]);
}

/// What the shop answers at `/health`, as somebody recorded it, with a credential.
fn recorded(url: &str) -> String {
    format!(
        r#"{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "{url}/health",
          "headers": [{{"name": "Authorization", "value": "Bearer s3cr3t-s3cr3t"}}]}},
          "response": {{"status": 200, "content": {{"mimeType": "application/json", "text": "{{}}"}}}}}}]}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_recognised_and_its_credentials_are_nowhere() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new();
    avouch.write("shop.har", recorded(&shop.base_url));
    let collection = r#"{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/"},
        "item": [{"name": "slots", "request": {"method": "GET", "url": "{{base}}/v2/delivery-slots"}}]}"#;
    avouch.write("shop.json", collection);
    let given = ["--openapi", "shop.har", "--postman", "shop.json", "--only", "CFG-03"];
    let ran = avouch.scan(&shop.base_url, &given).await;
    ran.complained(&["`shop.har` is a HAR recording, and is read as one"]);
    ran.answered(&["holds credentials or other secrets (1 times); none is used or shown"]);
    let report = avouch.report();
    let ids: Vec<&str> = report.operations.iter().map(|o| o.operation.0.as_str()).collect();
    assert_eq!(ids, ["GET /health", "GET /v2/delivery-slots"]);
    for left in ["last-report.json", "last-recording.json"] {
        let text = std::fs::read_to_string(avouch.path(".avouch").join(left)).unwrap();
        assert!(!text.contains("s3cr3t"), "{left}");
    }
    assert!(!ran.out.contains("s3cr3t") && !ran.err.contains("s3cr3t"));
    let wrong = avouch.scan(&shop.base_url, &["--har", "shop.json"]).await;
    wrong.ended(2).complained(&["`shop.json` is not a HAR recording: it is Postman collection"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_no_description() {
    let ran = Avouch::new().scan("http://127.0.0.1:1", &["--openapi", "."]).await;
    ran.ended(2).complained(&["cannot read `.`", "directory"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_description_is_named_with_its_line() {
    let whole = crate::servers::DESCRIPTION;
    let ran = scan("cut.json", whole.get(..whole.len() / 2).unwrap()).await;
    ran.ended(2).complained(&[
        "the description cannot be used",
        "`cut.json`, line 6",
        "ends where",
    ]);
    let ran = scan("cut.yaml", "openapi: 3.0.3\npaths:\n  /a: {get: {responses: [").await;
    ran.ended(2).complained(&["`cut.yaml`, line"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_yaml_is_named_with_its_line() {
    let ran = scan("bad.yaml", "openapi: 3.0.3\ninfo:\n  title: t\n\tversion: 1\n").await;
    ran.ended(2).complained(&["`bad.yaml`, line 3", "a tab"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_description_is_said_to_be_none() {
    scan("empty.json", "").await.ended(2).complained(&["`empty.json` is empty"]);
    let page = "<!doctype html><html><body>Swagger UI</body></html>";
    scan("page.json", page).await.ended(2).complained(&["`page.json` is a web page"]);
    let ran = scan("other.json", r#"{"name": "package"}"#).await;
    ran.ended(2).complained(&["`other.json` is no API description"]);
    let ran = scan("bytes.json", b"{\n\"openapi\": \"\xff\xfe\"}").await;
    ran.ended(2).complained(&["`bytes.json`, line 2: this is not UTF-8 text"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_bomb_is_refused_or_bounded() {
    let mut bomb = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\na0: &a0 [x, x, x]\n".to_owned();
    for n in 1..40 {
        let before = n - 1;
        let line = format!("a{n}: &a{n} [*a{before}, *a{before}, *a{before}, *a{before}]\n");
        bomb.push_str(&line);
    }
    bomb.push_str("paths: {/a: {get: {responses: {'200': {description: *a39}}}}}\n");
    scan("bomb.yaml", bomb).await.ended(2).complained(&["`bomb.yaml`, line"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_is_refused_with_its_line() {
    let deep = format!("{{\"openapi\": \"3.0.3\", \"paths\": {}", "[".repeat(200_000));
    scan("deep.json", deep).await.ended(2).complained(&["`deep.json`, line 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn references_in_a_circle_are_survived() {
    let text = r##"{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {
      "/health": {"get": {"responses": {"200": {"description": "ok", "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}},
      "/b": {"$ref": "#/paths/~1b"}},
      "components": {"schemas": {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}
    }}}"##;
    let ran = scan("circle.json", text).await;
    assert!([0, 1, 3].contains(&ran.code), "{ran:#?}");
    ran.answered(&["circle.json:4"]);
}

/// A description with so many references to one schema.
fn referring(times: usize) -> String {
    let mut text = String::from(
        r##"{"openapi": "3.0.3", "info": {"title": "t", "version": "1"},
"components": {"schemas": {"A": {"type": "string"}, "Many": {"type": "object", "properties": {
"first": {"$ref": "#/components/schemas/A"}"##,
    );
    for n in 0..times {
        write!(text, ",\n\"p{n}\": {{\"$ref\": \"#/components/schemas/A\"}}").unwrap();
    }
    text.push_str(
        r##"}}}}, "paths": {"/health": {"get": {"responses": {"200": {"description": "ok",
"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Many"}}}}}}}}}"##,
    );
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn many_references_are_read_or_refused_in_bounded_time() {
    let ran = scan("many.json", referring(50_000)).await;
    assert!([0, 1, 2, 3].contains(&ran.code), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "seconds of reading; run with `cargo xtask test --long`"]
async fn a_million_references_are_read_or_refused_in_bounded_time() {
    let text = referring(1_000_000);
    assert!(text.len() > 40_000_000);
    let ran = scan("million.json", text).await;
    assert!([0, 1, 2, 3].contains(&ran.code), "{ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_larger_than_any_description_is_refused_by_its_size() {
    let ran = scan("huge.json", vec![b' '; 65 * 1024 * 1024]).await;
    ran.ended(2).complained(&["`huge.json` has", "the most that is read is 67108864"]);
}
