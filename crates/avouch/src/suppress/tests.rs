use super::*;
use crate::config::{Config, ConfigError};
use avouch_model::severity::{Confidence, Severity};

/// A report of a complete scan with three findings, the worst first.
pub(crate) fn report() -> Report {
    let finding = |number: u8, check: &str, operation: &str, severity, confidence| {
        serde_json::json!({
            "fingerprint": format!("{number:016x}"), "check": check, "name": "n", "title": "t",
            "severity": severity, "confidence": confidence,
            "operation": operation, "parameter": null, "identities": null, "summary": "s",
            "reasons": [], "impact": "", "remediation": "", "curl": "", "cwe": 1, "owasp": [],
            "criteria": [], "points_tenths": 0, "gain_tenths": 0, "described_at": null,
            "root_cause": operation, "exchanges": [], "hits": [], "proven_times": 1
        })
    };
    serde_json::from_value(serde_json::json!({
        "schema": "avouch-report/1", "version": "0", "scan_id": "x", "target": "http://t.test/",
        "started_at": "2026-03-02T09:30:00Z", "took_ms": 1, "ending": "complete",
        "score": {"value": 39, "grade": "F", "before_caps": 50, "caps": [], "categories": [],
            "absent_because": null},
        "findings": [
            finding(1, "BOLA-01", "GET /a/{id}", Severity::Critical, Confidence::Confirmed),
            finding(2, "CFG-03", "GET /b", Severity::Medium, Confidence::Firm),
            finding(3, "CFG-03", "GET /c", Severity::Low, Confidence::Tentative),
        ],
        "coverage": {"families": [{"family": "BOLA", "title": "objects", "passed": 9, "failed": 1,
            "not_evaluable": 0, "not_applicable": 0}], "not_evaluable": []},
        "checks": [], "identities": [], "operations": [], "left_alone": [],
        "traffic": {"requests": 1, "failures": 0, "bytes_received": 1, "in_flight_max": 1,
            "throttled": 0},
        "tls": null, "cleanup": [], "warnings": []
    }))
    .unwrap()
}

fn configured(text: &str) -> Result<Vec<Suppress>, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("avouch.toml");
    std::fs::write(&path, text).unwrap();
    Config::read(Some(&path)).map(|config| config.suppressions)
}

fn applied(text: &str) -> Report {
    let mut report = report();
    apply(&mut report, &configured(text).unwrap());
    report
}

const WHO: &str = "owner = \"Ada\"\nreason = \"known\"\n";

#[test]
fn a_finding_is_meant_by_fingerprint_or_by_place() {
    let by_print = applied(&format!("[[suppress]]\nfingerprint = \"0000000000000002\"\n{WHO}"));
    let by_place = applied(&format!(
        "[[suppress]]\ncheck = \"cfg-03\"\noperation = \"GET /b\"\n{WHO}expires = 2026-03-02\n"
    ));
    for report in [by_print, by_place] {
        let suppressed: Vec<bool> =
            report.findings.iter().map(|f| f.suppressed.is_some()).collect();
        assert_eq!(suppressed, [false, true, false]);
        assert_eq!(report.findings[1].suppressed.as_ref().unwrap().owner, "Ada");
        assert_eq!(report.warnings, []);
        assert!(report.score.without_suppressed.is_some());
    }
}

#[test]
fn what_has_ended_suppresses_nothing_and_says_so() {
    let place = "[[suppress]]\ncheck = \"CFG-03\"\noperation = \"GET /b\"\n";
    let report = applied(&format!("{place}{WHO}expires = \"2026-03-01\"\n"));
    assert!(report.findings.iter().all(|finding| finding.suppressed.is_none()));
    assert_eq!(report.score.without_suppressed, None);
    let message = &report.warnings[0].message;
    assert!(message.contains("CFG-03 on GET /b by Ada (line 1) ended on 2026-03-01"), "{message}");
}

#[test]
fn what_means_no_finding_is_said_by_a_whole_scan_only() {
    let text = format!("[[suppress]]\nfingerprint = \"00000000000000ff\"\n{WHO}");
    assert!(applied(&text).warnings[0].message.contains("means no finding of this scan"));
    let mut report = report();
    report.ending = Ending::Interrupted;
    apply(&mut report, &configured(&text).unwrap());
    assert_eq!(report.warnings, []);
}

#[test]
fn an_entry_without_owner_reason_or_place_names_its_line() {
    let place = "check = \"CFG-03\"\noperation = \"target\"\n";
    for (entry, expected) in [
        (format!("{place}reason = \"r\"\n"), "needs `owner`"),
        (format!("{place}owner = \" \"\nreason = \"r\"\n"), "needs `owner`"),
        (format!("{place}owner = \"o\"\n"), "needs `reason`"),
        (WHO.to_owned(), "needs either `fingerprint`"),
        (format!("{WHO}check = \"CFG-03\"\n"), "needs either `fingerprint`"),
        (format!("{WHO}{place}fingerprint = \"0\"\n"), "needs either `fingerprint`"),
        (
            format!("{WHO}check = \"NOPE-1\"\noperation = \"target\"\n"),
            "there is no check `NOPE-1`",
        ),
        (format!("{WHO}{place}expires = \"soon\"\n"), "`expires` is a date"),
        (format!("{WHO}{place}expires = 2026-01-01T00:00:00Z\n"), "`expires` is a date"),
        (format!("{WHO}{place}expires = 5\n"), "`expires` is a date"),
    ] {
        let text = format!("[scan]\nactive = false\n\n[[suppress]]\n{entry}");
        let message = configured(&text).unwrap_err().to_string();
        assert!(message.contains("line 4") && message.contains(expected), "{message}");
    }
    let unknown = configured(&format!("[[suppress]]\n{WHO}{place}untill = 1\n")).unwrap_err();
    assert!(unknown.to_string().contains("untill"), "{unknown}");
}
