use super::super::truth::Tier;
use super::*;
use serde_json::{Value, json};

/// Orders can be read by others; the account is the hardened twin, the catalogue a decoy.
fn truth() -> Truth {
    let value = json!({
        "entry": [
            { "check": "BOLA-01", "operation": "GET /orders/{id}", "weakness": "orders-unowned",
              "parameter": "id", "confidence": "confirmed", "severity": "critical", "tier": "R" },
            { "check": "HDR-01", "weakness": "no-nosniff",
              "confidence": "confirmed", "severity": "low", "tier": "P" },
            { "check": "PROP-06", "operation": "PATCH /me", "weakness": "role-writable",
              "confidence": "confirmed", "severity": "high", "tier": "A" },
            { "check": "PROP-01", "operation": "GET /orders/{id}", "weakness": "orders-unowned",
              "confidence": "firm", "severity": "low", "tier": "P", "expect": "may" },
        ],
        "twin": [{ "operation": "GET /accounts/{id}", "of": "GET /orders/{id}", "why": "" }],
        "decoy": [{ "operation": "GET /catalogue", "tempts": ["AUTH-03"], "why": "" }],
        "trap": [{ "operation": "GET /reset", "why": "wipes the orders" }],
    });
    serde_json::from_value(value).unwrap()
}

fn up_to(tier: Tier) -> impl Fn(&Weakness) -> bool {
    move |weakness| weakness.tier <= tier
}

fn finding(check: &str, operation: Option<&str>, severity: &str) -> Value {
    json!({
        "fingerprint": "0", "check": check, "name": "n", "title": "t", "severity": severity,
        "confidence": "confirmed", "operation": operation, "parameter": null, "identities": null,
        "summary": "B read what is A's", "reasons": [], "impact": "", "remediation": "", "curl": "",
        "cwe": 639, "owasp": [], "criteria": [], "points_tenths": 0, "gain_tenths": 0,
        "described_at": null, "root_cause": "", "exchanges": [], "hits": [], "proven_times": 2,
    })
}

fn report(findings: &[Value], not_evaluable: &[Value]) -> Report {
    let value = json!({
        "schema": avouch_model::report::REPORT_SCHEMA, "version": "0", "scan_id": "s",
        "target": "http://127.0.0.1:1", "started_at": "2026-01-01T00:00:00Z", "took_ms": 1500,
        "ending": "complete",
        "score": { "value": null, "grade": null, "before_caps": null, "caps": [],
                   "categories": [], "absent_because": null },
        "findings": findings,
        "coverage": { "families": [], "not_evaluable": not_evaluable },
        "checks": [], "identities": [], "operations": [], "left_alone": [],
        "traffic": { "requests": 42, "failures": 0, "bytes_received": 0, "in_flight_max": 1,
                     "throttled": 0 },
        "tls": null, "cleanup": [], "warnings": [],
    });
    serde_json::from_value(value).unwrap()
}

fn all_found() -> Vec<Value> {
    vec![
        finding("BOLA-01", Some("GET /orders/{id}"), "critical"),
        finding("HDR-01", None, "low"),
        finding("PROP-06", Some("PATCH /me"), "high"),
    ]
}

#[track_caller]
fn check(tally: &Tally, found: u32, missed: u32, invented: u32, not_evaluable: u32) {
    let counts = (tally.found, tally.missed, tally.r#false, tally.not_evaluable);
    assert_eq!(counts, (found, missed, invented, not_evaluable), "{tally:#?}");
}

#[test]
fn a_report_that_says_what_is_true_is_good() {
    let tally = compare(&truth(), &report(&all_found(), &[]), up_to(Tier::Active));
    check(&tally, 3, 0, 0, 0);
    assert!(tally.is_good() && tally.details.is_empty());
    assert_eq!((tally.requests, tally.seconds, tally.checks.len()), (42, 1.5, 3));
}

#[test]
fn silence_is_missed() {
    let tally = compare(&truth(), &report(&[], &[]), up_to(Tier::Active));
    check(&tally, 0, 3, 0, 0);
    assert!(!tally.is_good());
}

#[test]
fn what_the_tier_forbids_is_not_missed() {
    let tally = compare(&truth(), &report(&[], &[]), up_to(Tier::Read));
    check(&tally, 0, 2, 0, 0);
    assert_eq!(tally.out_of_tier, 1);
}

#[test]
fn what_the_scan_could_not_tell_is_neither_found_nor_missed() {
    let excuse = json!({ "check": "BOLA-01", "operation": "GET /orders/{id}", "because": "no B" });
    let tally = compare(&truth(), &report(&[], &[excuse]), up_to(Tier::Active));
    check(&tally, 0, 2, 0, 1);
    let of_another = json!({ "check": "BOLA-01", "operation": "GET /x", "because": "no B" });
    check(&compare(&truth(), &report(&[], &[of_another]), up_to(Tier::Active)), 0, 3, 0, 0);
}

#[test]
fn a_finding_where_the_truth_has_none_is_false() {
    for (check_id, place) in [
        ("BOLA-01", Some("GET /accounts/{id}")),
        ("BOLA-01", Some("GET /catalogue")),
        ("BOLA-01", Some("GET /elsewhere")),
        ("BOLA-01", None),
        ("BOLA-02", Some("GET /orders/{id}")),
    ] {
        let mut findings = all_found();
        findings.push(finding(check_id, place, "low"));
        let tally = compare(&truth(), &report(&findings, &[]), up_to(Tier::Active));
        check(&tally, 3, 0, 1, 0);
        assert!(!tally.is_good());
    }
}

#[test]
fn a_remark_is_never_false() {
    let mut findings = all_found();
    findings.push(finding("BOLA-01", Some("GET /catalogue"), "info"));
    check(&compare(&truth(), &report(&findings, &[]), up_to(Tier::Active)), 3, 0, 0, 0);
}

#[test]
fn a_weakness_of_the_whole_target_may_be_reported_anywhere_but_on_sound_ground() {
    let mut findings = all_found();
    findings.push(finding("HDR-01", Some("GET /orders/{id}"), "low"));
    check(&compare(&truth(), &report(&findings, &[]), up_to(Tier::Active)), 3, 0, 0, 0);
    findings.push(finding("HDR-01", Some("GET /catalogue"), "low"));
    check(&compare(&truth(), &report(&findings, &[]), up_to(Tier::Active)), 3, 0, 1, 0);
}

#[test]
fn another_parameter_is_another_weakness() {
    let mut findings = all_found();
    findings[0]["parameter"] = json!("page");
    check(&compare(&truth(), &report(&findings, &[]), up_to(Tier::Active)), 2, 1, 0, 0);
    findings[0]["parameter"] = json!("id");
    check(&compare(&truth(), &report(&findings, &[]), up_to(Tier::Active)), 3, 0, 0, 0);
}

#[test]
fn a_weakness_of_the_target_is_known_by_its_path() {
    let mut truth = truth();
    truth.weaknesses[1].parameter = Some("/graphql".to_owned());
    let mut findings = all_found();
    findings[1]["parameter"] = json!("/graphql");
    check(&compare(&truth, &report(&findings, &[]), up_to(Tier::Active)), 3, 0, 0, 0);
    findings[1]["parameter"] = json!("/api");
    check(&compare(&truth, &report(&findings, &[]), up_to(Tier::Active)), 2, 1, 0, 0);
}

#[test]
fn another_weight_is_named() {
    let mut findings = all_found();
    findings[0]["severity"] = json!("low");
    let tally = compare(&truth(), &report(&findings, &[]), up_to(Tier::Active));
    let expected =
        "weight of BOLA-01 GET /orders/{id}: reported low confirmed, is critical confirmed";
    assert_eq!(tally.details, [expected]);
}

#[test]
fn a_scan_that_did_not_end_well_is_not_good() {
    let mut unfinished = report(&all_found(), &[]);
    unfinished.ending = Ending::TargetGone("after probe 3".to_owned());
    let tally = compare(&truth(), &unfinished, up_to(Tier::Active));
    check(&tally, 3, 0, 0, 0);
    assert!(!tally.is_good());
}

#[test]
fn a_consequence_of_another_weakness_is_neither_missed_nor_false() {
    let mut findings = all_found();
    findings.push(finding("PROP-01", Some("GET /orders/{id}"), "low"));
    let tally = compare(&truth(), &report(&findings, &[]), up_to(Tier::Active));
    check(&tally, 3, 0, 0, 0);
    assert!(tally.is_good());
}

#[test]
fn a_scan_that_calls_what_destroys_is_not_good() {
    let called = |requests: u32| {
        let mut report = report(&all_found(), &[]);
        let value = json!({ "operation": "GET /reset", "described_at": null, "discovered": false,
                            "baseline": [], "requests": requests });
        report.operations.push(serde_json::from_value(value).unwrap());
        compare(&truth(), &report, up_to(Tier::Active))
    };
    assert!(called(0).is_good());
    assert_eq!(called(1).details, ["called GET /reset, which destroys something"]);
    assert!(!called(1).is_good() && called(1).trapped == 1);
}

#[test]
fn a_truth_without_weaknesses_proves_nothing() {
    let mut empty = truth();
    empty.weaknesses.clear();
    assert!(!compare(&empty, &report(&[], &[]), up_to(Tier::Active)).is_good());
}

#[test]
fn what_a_check_cost_is_told_and_so_is_what_no_check_asked_for() {
    use avouch_model::report::CheckCost;
    let mut report = report(&[], &[]);
    report.traffic.requests = 50;
    let cost =
        |check: &str, requests, took_ms| CheckCost { check: check.into(), requests, took_ms };
    report.costs = vec![cost("BOLA-01", 30, 1_500), cost("CFG-03", 8, 250)];
    let tally = compare(&truth(), &report, up_to(Tier::Active));
    let row = |check: &str| tally.checks.iter().find(|row| row.check == check).unwrap();
    assert_eq!((row("BOLA-01").requests, row("BOLA-01").seconds), (30, 1.5));
    assert_eq!((row("BOLA-01").missed, row("CFG-03").missed), (1, 0));
    assert_eq!((tally.requests, tally.unasked), (50, 12));
}
