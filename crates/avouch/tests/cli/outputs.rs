//! Reports as files, and two scans of the same.

use crate::program::Avouch;
use crate::servers::{nobody, shop};
use avouch_range::Weakness;
use serde_json::Value;
use std::collections::BTreeSet;

const REPORT_SCHEMA: &str =
    include_str!("../../../avouch-report/schema/avouch-report-1.schema.json");
const SARIF_SCHEMA: &str =
    include_str!("../../../avouch-report/schema/vendor/sarif-schema-2.1.0.json");

const WEAK: [Weakness; 3] =
    [Weakness::OrderOwnerUnchecked, Weakness::DeclaredAuthIgnored, Weakness::StackTraceShown];

#[track_caller]
fn fulfils(schema: &Value, text: &str) {
    let schema = jsonschema::validator_for(schema).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> =
        schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn sarif_schema() -> Value {
    let mut schema: Value = serde_json::from_str(SARIF_SCHEMA).unwrap();
    // The published pattern has a stray bracket that is no regular expression of ECMA-262.
    for owner in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{owner}/properties/language"));
        language.and_then(Value::as_object_mut).unwrap().shift_remove("pattern").unwrap();
    }
    schema
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_what_its_schema_says() {
    let shop = shop(&WEAK).await;
    let avouch = Avouch::new().with_logins();
    let files = ["--output", "r.sarif", "--output", "r.html", "--output", "r.txt"];
    let more = [&files[..], &["--format", "json", "--only", "BOLA-01,AUTH-01,CFG-03"]].concat();
    let ran = avouch.scan_described(&shop, &more).await;
    ran.ended(1);
    fulfils(&serde_json::from_str(REPORT_SCHEMA).unwrap(), &ran.out);
    let read = |name: &str| std::fs::read_to_string(avouch.path(name)).unwrap();
    fulfils(&sarif_schema(), &read("r.sarif"));
    assert!(read("r.html").starts_with("<!doctype html>"));
    assert!(read("r.txt").contains("BOLA-01"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_reached_nobody_has_valid_reports_too() {
    let avouch = Avouch::new();
    let ran = avouch.scan(&nobody(), &["--format", "sarif", "--output", "r.json"]).await;
    ran.ended(3);
    fulfils(&sarif_schema(), &ran.out);
    let report = std::fs::read_to_string(avouch.path("r.json")).unwrap();
    fulfils(&serde_json::from_str(REPORT_SCHEMA).unwrap(), &report);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_cannot_be_written_is_a_mistake_told_before_the_scan() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new();
    let ran = avouch.scan(&shop.base_url, &["--output", "no/such/folder/r.json"]).await;
    ran.ended(2).complained(&["cannot write `no/such/folder/r.json`", "No such file"]);
    let ran = avouch.scan(&shop.base_url, &["--output", "report.pdf"]).await;
    ran.ended(2).complained(&["`report.pdf` does not say which form", ".sarif"]);
    avouch.write("file", "x");
    let ran = avouch.scan(&shop.base_url, &["--state", "file/state"]).await;
    ran.ended(2).complained(&["cannot use `file/state`"]);
    assert_eq!(shop.requests(), 0, "the target was asked for a report nobody can get");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_scans_of_the_same_shop_find_the_same() {
    let shop = shop(&WEAK).await;
    let mut found = Vec::new();
    for _ in 0..2 {
        let avouch = Avouch::new().with_logins();
        avouch.scan_described(&shop, &[]).await.ended(1);
        let report = avouch.report();
        let prints: BTreeSet<_> = report.findings.into_iter().map(|f| f.fingerprint).collect();
        found.push((prints, report.score.value));
    }
    assert!(!found[0].0.is_empty());
    assert_eq!(found[0], found[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_says_which_findings_fail() {
    let shop = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let avouch = Avouch::new().with_logins();
    // What is found is critical.
    let only = ["--only", "BOLA-01"];
    avouch.scan_described(&shop, &only).await.ended(1);
    avouch.scan_described(&shop, &[&only[..], &["--fail-on", "critical"]].concat()).await.ended(1);
    avouch.scan_described(&shop, &[&only[..], &["--fail-on", "never"]].concat()).await.ended(0);
}
