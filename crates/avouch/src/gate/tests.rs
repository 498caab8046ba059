use super::*;
use crate::suppress::tests::report;
use avouch_model::finding::Suppression;

fn gate(fail_on: &str) -> Gate {
    Gate { fail_on: fail_on.parse().unwrap(), ..Gate::default() }
}

fn exit(gate: &Gate, report: &Report) -> Exit {
    gate.judge(report).exit
}

#[test]
fn thresholds_are_read() {
    let from = |severity, confidence| Ok(Threshold::From(severity, confidence));
    assert_eq!("high".parse(), from(Severity::High, Confidence::Firm));
    assert_eq!("high@confirmed".parse(), from(Severity::High, Confidence::Confirmed));
    assert_eq!("info@tentative".parse(), from(Severity::Info, Confidence::Tentative));
    assert_eq!("never".parse(), Ok(Threshold::Never));
    for wrong in ["", "High", "high@", "high@sure", "@firm", "never@firm", "high@firm@firm"] {
        assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
    }
}

#[test]
fn severity_and_confidence_decide_together() {
    // One critical and confirmed, one medium and firm, one low and tentative.
    let mut report = report();
    assert_eq!(exit(&gate("critical@confirmed"), &report), Exit::Findings);
    report.findings.remove(0);
    assert_eq!(exit(&gate("high"), &report), Exit::Clean);
    assert_eq!(exit(&gate("medium"), &report), Exit::Findings);
    assert_eq!(exit(&gate("medium@confirmed"), &report), Exit::Clean);
    report.findings.remove(0);
    assert_eq!(exit(&gate("low"), &report), Exit::Clean);
    assert_eq!(exit(&gate("low@tentative"), &report), Exit::Findings);
}

#[test]
fn no_score_is_never_a_pass() {
    let mut report = report();
    report.findings.clear();
    report.score.value = None;
    assert_eq!(exit(&gate("never"), &report), Exit::Untested);
    report.score.value = Some(100);
    report.ending = Ending::Interrupted;
    assert_eq!(exit(&gate("never"), &report), Exit::Untested);
}

#[test]
fn a_score_below_the_least_fails_and_what_is_suppressed_does_not_count() {
    let mut report = report();
    let gate = Gate { min_score: Some(70), ..gate("never") };
    assert_eq!(exit(&gate, &report), Exit::Findings);
    report.score.without_suppressed = Some(70);
    assert_eq!(exit(&gate, &report), Exit::Clean);
}

#[test]
fn a_score_on_little_coverage_is_not_tested() {
    let mut report = report();
    report.score.value = Some(100);
    report.coverage.families[0].not_evaluable = 11;
    let gate = Gate { min_score: Some(70), ..gate("never") };
    let judged = gate.judge(&report);
    assert_eq!(judged.exit, Exit::Untested);
    assert!(judged.because[0].contains("47 %"), "{judged:?}");
    assert_eq!(exit(&Gate { min_coverage: Some(40), ..gate }, &report), Exit::Clean);
}

#[test]
fn only_what_is_new_or_worse_fails_when_asked_so() {
    let baseline = report();
    let mut now = report();
    let gate = |new_only| Gate { baseline: Some(report()), new_only, ..gate("low") };
    assert_eq!(exit(&gate(false), &now), Exit::Findings);
    assert_eq!(exit(&gate(true), &now), Exit::Clean);
    now.findings[1].severity = Severity::High;
    assert_eq!(exit(&gate(true), &now), Exit::Findings, "it became worse");
    now = baseline;
    now.findings[1].fingerprint = "00000000000000ff".into();
    assert_eq!(exit(&gate(true), &now), Exit::Findings, "it is new");
}

#[test]
fn what_is_suppressed_does_not_fail_and_is_counted() {
    let mut report = report();
    for finding in &mut report.findings {
        let by = Suppression { owner: "Ada".into(), reason: "known".into(), expires: None };
        finding.suppressed = Some(by);
    }
    let judged = gate("info@tentative").judge(&report);
    assert_eq!(judged.exit, Exit::Clean);
    assert!(judged.because[1].contains("suppressed: 3"), "{judged:?}");
}
