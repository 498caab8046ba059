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
async fn a_gate_with_baseline_and_suppressions_says_what_it_lets_through() {
    let shop = shop(&[Weakness::OrderOwnerUnchecked]).await;
    let avouch = Avouch::new().with_logins();
    let only = ["--only", "BOLA-01", "--output", "main.json", "--output", "r.md", "--output"];
    let gate = |more: &[&'static str]| [&only[..], &["r.xml"], more].concat();
    let ran = avouch.scan_described(&shop, &gate(&[])).await;
    ran.ended(1).complained(&["gate: failed: critical BOLA-01 on GET /orders/{orderId}"]);
    let read = |name: &str| std::fs::read_to_string(avouch.path(name)).unwrap();
    assert!(read("r.md").starts_with("## API security: F") && read("r.xml").contains("<failure"));
    let new = ["--baseline", "main.json", "--new-only"];
    let ran = avouch.scan_described(&shop, &gate(&new)).await;
    ran.ended(0).complained(&["gate: passed", "0 new, 1 known from the baseline"]);
    let same = avouch.run(&["compare", "main.json", ".avouch/last-report.json"]).await;
    same.ended(0).answered(&["score 39 → 39 (unchanged)", "STILL THERE 1", "critical BOLA-01"]);
    let gone = avouch.run(&["compare", "main.json", "gone.json"]).await;
    gone.ended(2).complained(&["cannot read `gone.json`"]);
    let ran = avouch.scan_described(&shop, &gate(&["--min-score", "90"])).await;
    ran.ended(1).complained(&["gate: failed: critical", "the score is 39, the least is 90"]);

    let entry = "[[suppress]]\ncheck = \"BOLA-01\"\noperation = \"GET /orders/{orderId}\"\n";
    let logins = read("avouch.toml");
    avouch.write("avouch.toml", format!("{logins}{entry}reason = \"r\"\n"));
    let ran = avouch.scan_described(&shop, &gate(&[])).await;
    ran.ended(2).complained(&["`avouch.toml`, line", "needs `owner`"]);
    avouch.write("avouch.toml", format!("{logins}{entry}reason = \"r\"\nowner = \"Ada\"\n"));
    let ran = avouch.scan_described(&shop, &gate(&["--min-score", "40"])).await;
    ran.ended(0).complained(&["gate: passed", "suppressed: 1"]);
    ran.answered(&["39 of 100", "1 finding suppressed", "Suppressed accepted by Ada: r"]);
    assert_eq!(avouch.report().findings[0].suppressed.as_ref().unwrap().owner, "Ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_that_is_none_is_told_before_the_scan() {
    let shop = shop(&[]).await;
    let avouch = Avouch::new();
    let scan = async |more: &[&str]| avouch.scan(&shop.base_url, more).await;
    scan(&["--new-only"]).await.ended(2).complained(&["`--new-only`", "--baseline report.json"]);
    let gone = scan(&["--baseline", "gone.json"]).await;
    gone.ended(2).complained(&["the baseline cannot be used", "cannot read `gone.json`"]);
    avouch.write("r.sarif", "{\"version\": \"2.1.0\"}");
    let other = scan(&["--baseline", "r.sarif"]).await;
    other.ended(2).complained(&["`r.sarif` is no report"]);
    avouch.write("r.json", "{\"schema\": \"avouch-report/9\"}");
    let newer = scan(&["--baseline", "r.json"]).await;
    newer.ended(2).complained(&["`avouch-report/9`", "avouch-report/1"]);
    scan(&["--fail-on", "severe"]).await.ended(2).complained(&["high@confirmed"]);
    assert_eq!(shop.requests(), 0, "the target was asked");
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
