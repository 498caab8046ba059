use super::*;
use crate::format::Options;
use crate::samples;

/// A report in which every check of a finding was in the run, and every question was answered.
fn report() -> Report {
    let mut report = samples::full();
    let fact = report.checks[0].clone();
    for finding in &report.findings {
        if report.checks.iter().all(|check| check.id != finding.check) {
            let id = finding.check.clone();
            report.checks.push(avouch_model::report::CheckFacts { id, ..fact.clone() });
        }
        let outcome = report.operations[0].clone();
        if let Some(operation) = finding.operation.clone() {
            report.operations.push(avouch_model::report::OperationOutcome { operation, ..outcome });
        }
    }
    report.coverage.not_evaluable.clear();
    report
}

fn prints(items: &[Item]) -> Vec<&str> {
    items.iter().map(|item| item.check.as_str()).collect()
}

#[test]
fn findings_are_new_changed_fixed_or_still_there() {
    let (mut old, mut new) = (report(), report());
    old.findings.remove(2);
    new.findings[1].severity = Severity::High;
    new.findings.remove(4);
    let comparison = Comparison::of(&old, &new);
    assert_eq!(prints(&comparison.added), ["TRANS-02"]);
    assert_eq!(prints(&comparison.changed), ["JWT-04"]);
    assert_eq!(prints(&comparison.fixed), ["MISC-09"]);
    assert_eq!(prints(&comparison.still), ["BOLA-01", "MISC-03"]);
    assert_eq!(prints(&comparison.lost), [""; 0]);
    assert!(comparison.is_whole());
    // It became less bad, so only what is new is worse.
    assert_eq!(comparison.worse().count(), 1);
    assert_eq!(comparison.score_difference, Some(0));
}

/// Why the first finding is lost, when the newer scan does not have it and was changed in that way.
fn lost(change: impl Fn(&mut Report)) -> Option<String> {
    let (old, mut new) = (report(), report());
    new.findings.remove(0);
    change(&mut new);
    let comparison = Comparison::of(&old, &new);
    assert_eq!(comparison.is_whole(), comparison.lost.is_empty());
    comparison.lost.first().and_then(|item| item.because.clone())
}

#[test]
fn what_could_not_be_asked_again_is_not_fixed() {
    assert_eq!(lost(|_| ()), None);
    let because = lost(|new| new.ending = Ending::Interrupted);
    assert_eq!(because.as_deref(), Some("the newer scan did not ask everything"));
    let because = lost(|new| new.checks.retain(|check| check.id != "BOLA-01"));
    assert_eq!(because.as_deref(), Some("its check was not in the newer scan"));
    let because = lost(|new| new.operations.retain(|o| o.operation.0 != "GET /orders/{orderId}"));
    assert_eq!(because.as_deref(), Some("the newer scan does not know its operation"));
    let because = lost(|new| new.identities[1].accepted = false);
    assert_eq!(because.as_deref(), Some("identity B took no part in the newer scan"));
    let open = |operation: Option<&str>| NotEvaluable {
        check: "BOLA-01".into(),
        operation: operation.map(|name| OperationId(name.into())),
        because: "answered 500".into(),
    };
    for place in [Some("GET /orders/{orderId}"), None] {
        let because = lost(|new| new.coverage.not_evaluable.push(open(place)));
        assert_eq!(because.as_deref(), Some("answered 500"));
    }
    assert_eq!(lost(|new| new.coverage.not_evaluable.push(open(Some("GET /orders")))), None);
}

#[test]
fn what_is_suppressed_is_not_worse_and_no_score_cannot_be_compared() {
    let (mut old, mut new) = (report(), report());
    old.findings.remove(0);
    new.findings[0].suppressed = new.findings[3].suppressed.clone();
    assert_eq!(Comparison::of(&old, &new).worse().count(), 0);
    new.score.value = None;
    let comparison = Comparison::of(&old, &new);
    assert_eq!((comparison.score_difference, comparison.is_whole()), (None, false));
}

#[test]
fn a_comparison_reads_like_this() {
    let (mut old, mut new) = (report(), samples::full());
    old.findings.remove(2);
    old.score.value = Some(31);
    new.checks = old.checks.clone();
    new.findings.remove(4);
    new.findings.remove(0);
    new.findings[0].severity = Severity::High;
    let comparison = Comparison::of(&old, &new);
    insta::assert_snapshot!("terminal", terminal(&comparison, &Options::default()));
    insta::assert_snapshot!("markdown", markdown(&comparison));
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["schema"], COMPARISON_SCHEMA);
}
