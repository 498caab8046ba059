use super::*;
use avouch_model::reference::Cwe;

fn finding(check: &str, severity: Severity, confidence: Confidence, cause: &str) -> Finding {
    Finding {
        fingerprint: String::new(),
        check: check.into(),
        name: String::new(),
        title: String::new(),
        severity,
        confidence,
        operation: None,
        parameter: None,
        identities: None,
        summary: String::new(),
        reasons: Vec::new(),
        impact: String::new(),
        remediation: String::new(),
        curl: String::new(),
        cwe: Cwe(1),
        owasp: Vec::new(),
        criteria: Vec::new(),
        points_tenths: 0,
        gain_tenths: 0,
        described_at: None,
        root_cause: cause.into(),
        exchanges: Vec::new(),
        hits: Vec::new(),
        proven_times: 2,
        suppressed: None,
    }
}

fn coverage(rows: &[(&str, u32, u32)]) -> Coverage {
    let families = rows
        .iter()
        .map(|&(family, passed, not_evaluable)| FamilyCoverage {
            family: family.into(),
            title: family.to_lowercase(),
            passed,
            failed: 0,
            not_evaluable,
            not_applicable: 0,
        })
        .collect();
    Coverage { families, not_evaluable: Vec::new() }
}

fn value(findings: &mut [Finding], rows: &[(&str, u32, u32)]) -> Option<u8> {
    score(&coverage(rows), &Ending::Complete, None, findings).value
}

#[test]
fn nothing_found_and_everything_evaluated_is_a_hundred() {
    assert_eq!(value(&mut [], &[("AUTH", 5, 0), ("BOLA", 5, 0)]), Some(100));
}

#[test]
fn a_confirmed_critical_is_an_f_whatever_else_is_fine() {
    let mut found = [finding("BOLA-01", Severity::Critical, Confidence::Confirmed, "a")];
    let rows = [("AUTH", 5, 0), ("BOLA", 5, 0), ("TLS", 5, 0)];
    let score = score(&coverage(&rows), &Ending::Complete, None, &mut found);
    assert_eq!((score.value, score.grade), (Some(39), Some(Grade::F)));
    assert_eq!(score.before_caps, Some(75));
    assert_eq!(found[0].gain_tenths, 610);
}

#[test]
fn a_thousand_small_things_never_outweigh_one_great() {
    let mut many: Vec<Finding> = (0..1000)
        .map(|n| finding("PROP-01", Severity::Low, Confidence::Confirmed, &n.to_string()))
        .collect();
    let mut one = [finding("BOLA-01", Severity::Critical, Confidence::Tentative, "a")];
    let rows = [("PROP", 5, 0), ("BOLA", 5, 0)];
    assert!(value(&mut many, &rows) > value(&mut one, &rows));
}

#[test]
fn repeats_of_one_cause_count_once() {
    let rows = [("CORS", 5, 0)];
    let mut one = [finding("CORS-01", Severity::Medium, Confidence::Confirmed, "middleware")];
    let mut two = [one[0].clone(), one[0].clone()];
    assert_eq!(value(&mut one, &rows), value(&mut two, &rows));
}

#[test]
fn what_could_hardly_be_evaluated_is_no_a() {
    assert_eq!(value(&mut [], &[("AUTH", 5, 0), ("BOLA", 1, 9)]), Some(89));
}

#[test]
fn a_good_grade_on_little_evidence_is_withheld_and_a_bad_one_is_not() {
    let rows = [("AUTH", 4, 0), ("BOLA", 1, 6)];
    let of = |rows, found: &mut [Finding]| score(&coverage(rows), &Ending::Complete, None, found);
    let little = of(&rows, &mut []);
    assert_eq!((little.value, little.grade), (Some(89), None));
    let because = little.grade_withheld_because.unwrap();
    assert_eq!(because, "only 45 % of the questions could be answered");
    let half = of(&[("AUTH", 5, 0), ("BOLA", 1, 6)], &mut []);
    assert_eq!((half.grade, half.grade_withheld_because), (Some(Grade::B), None));
    let mut found = [finding("BOLA-01", Severity::Critical, Confidence::Confirmed, "a")];
    let bad = of(&rows, &mut found);
    assert_eq!((bad.grade, bad.grade_withheld_because), (Some(Grade::F), None));
}

#[test]
fn no_evidence_is_no_score() {
    assert_eq!(value(&mut [], &[("AUTH", 0, 9)]), None);
    let gone = Ending::TargetGone("GET /x".into());
    let score = score(&coverage(&[("AUTH", 9, 0)]), &gone, None, &mut []);
    assert_eq!(score.value, None);
    assert!(score.absent_because.is_some());
}
