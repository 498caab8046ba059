//! Reports to test with: rich, whole, and hostile.

mod findings;

use avouch_model::identity::Who;
use avouch_model::operation::{OperationId, SourcePlace};
use avouch_model::reference::{Criterion, Cwe, Owasp};
use avouch_model::report::{
    CheckCost, CheckFacts, CleanupOutcome, Coverage, Ending, FamilyCoverage, IdentityOutcome,
    LeftAlone, NotEvaluable, OperationOutcome, REPORT_SCHEMA, Report, Traffic, Warning,
};
use avouch_model::score::{Cap, CategoryScore, Grade, Score};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::tls::{CertificateFacts, TlsFacts};
use serde_json::Value;

/// A report in which every list has an item and every option a value somewhere.
pub(crate) fn full() -> Report {
    Report {
        schema: REPORT_SCHEMA.into(),
        version: "0.1.0".into(),
        scan_id: "5f2c9a7e41d0".into(),
        target: "https://api.shop.test/v1".into(),
        started_at: "2026-03-02T09:30:00Z".parse().unwrap(),
        took_ms: 8_230,
        ending: Ending::Complete,
        score: score(),
        findings: findings::all(),
        coverage: coverage(),
        checks: checks(),
        identities: identities(),
        operations: operations(),
        left_alone: vec![LeftAlone {
            operation: id("GET /admin/reset-db"),
            because: "its name says that calling it destroys data".into(),
        }],
        traffic: Traffic {
            requests: 412,
            failures: 3,
            bytes_received: 1_843_201,
            in_flight_max: 8,
            throttled: 1,
        },
        costs: vec![CheckCost { check: "BOLA-01".into(), requests: 17, took_ms: 96 }],
        tls: Some(tls()),
        cleanup: vec![
            cleaned("DELETE https://api.shop.test/v1/orders/991", true, "answered 204, then 404"),
            cleaned("DELETE https://api.shop.test/v1/orders/992", false, "answered 500 twice"),
        ],
        warnings: vec![
            Warning { place: Some(at(212)), message: "`$ref` leads nowhere".into() },
            Warning { place: None, message: "the server's clock is 4 s behind".into() },
        ],
    }
}

/// The full report, ended in that way.
pub(crate) fn ended(ending: Ending) -> Report {
    Report { ending, ..full() }
}

/// A report with nothing in it but the reason.
pub(crate) fn unreachable() -> Report {
    let because = "connection to 127.0.0.1 port 9 was refused";
    Report {
        ending: Ending::Unreachable(because.into()),
        score: Score {
            value: None,
            grade: None,
            grade_withheld_because: None,
            before_caps: None,
            without_suppressed: None,
            caps: Vec::new(),
            categories: Vec::new(),
            absent_because: Some("the target could not be reached".into()),
        },
        findings: Vec::new(),
        coverage: Coverage::default(),
        checks: Vec::new(),
        identities: Vec::new(),
        operations: Vec::new(),
        left_alone: Vec::new(),
        traffic: Traffic { requests: 1, failures: 1, ..Traffic::default() },
        costs: Vec::new(),
        tls: None,
        cleanup: Vec::new(),
        warnings: Vec::new(),
        ..full()
    }
}

/// Every ending there is, with its report.
pub(crate) fn endings() -> Vec<(&'static str, Report)> {
    let why = || "GET /orders/{orderId} as A, three times".to_owned();
    vec![
        ("complete", full()),
        ("interrupted", ended(Ending::Interrupted)),
        ("budget-spent", ended(Ending::BudgetSpent("2,000 requests".into()))),
        ("target-gone", ended(Ending::TargetGone(why()))),
        ("identity-lost", ended(Ending::IdentityLost("B is answered 401 since request 37".into()))),
        ("blocked", ended(Ending::Blocked("403 with a challenge page, ten in a row".into()))),
        ("unreachable", unreachable()),
    ]
}

/// Properties whose strings are words of the form, not free text.
const WORDS: [&str; 10] = [
    "schema",
    "started_at",
    "severity",
    "confidence",
    "who",
    "baseline",
    "identities",
    "grade",
    "owasp",
    "outcome",
];

/// The full report with every free text replaced: what a hostile target would make of it.
pub(crate) fn filled_with(text: &str) -> Report {
    let mut value = serde_json::to_value(ended(Ending::TargetGone("as".into()))).unwrap();
    fill(&mut value, "", text);
    serde_json::from_value(value).unwrap()
}

fn fill(value: &mut Value, key: &str, text: &str) {
    match value {
        Value::String(free) if !WORDS.contains(&key) => text.clone_into(free),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, key, text)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                fill(member, name, text);
            }
        }
        _ => (),
    }
}

fn id(text: &str) -> OperationId {
    OperationId(text.into())
}

fn at(line: u32) -> SourcePlace {
    SourcePlace { file: "api/shop openapi.yaml".into(), line }
}

fn score() -> Score {
    let category = |family: &str, title: &str, score, weight, lost_tenths| CategoryScore {
        family: family.into(),
        title: title.into(),
        score,
        weight,
        lost_tenths,
    };
    Score {
        value: Some(39),
        grade: Some(Grade::F),
        grade_withheld_because: None,
        before_caps: Some(71),
        without_suppressed: Some(39),
        caps: vec![
            Cap { at: 39, because: "a critical weakness is confirmed (BOLA-01)".into() },
            Cap { at: 89, because: "less than 60 % of LLM could be evaluated".into() },
        ],
        categories: vec![
            category("BOLA", "Object-level authorization", Some(40), 20, 600),
            category("JWT", "Tokens", Some(40), 15, 600),
            category("AUTH", "Authentication", Some(100), 20, 0),
            category("TRANS", "Transport", Some(88), 10, 120),
            category("MISC", "Configuration", Some(96), 5, 42),
            category("LLM", "Language models", None, 5, 0),
        ],
        absent_because: None,
    }
}

fn coverage() -> Coverage {
    let family =
        |family: &str, title: &str, [passed, failed, not_evaluable, not_applicable]: [u32; 4]| {
            FamilyCoverage {
                family: family.into(),
                title: title.into(),
                passed,
                failed,
                not_evaluable,
                not_applicable,
            }
        };
    let open = |check: &str, operation: Option<&str>, because: &str| NotEvaluable {
        check: check.into(),
        operation: operation.map(id),
        because: because.into(),
    };
    Coverage {
        families: vec![
            family("BOLA", "Object-level authorization", [21, 1, 3, 12]),
            family("JWT", "Tokens", [7, 1, 0, 2]),
            family("AUTH", "Authentication", [30, 0, 1, 4]),
            family("TRANS", "Transport", [5, 1, 0, 0]),
            family("LLM", "Language models", [0, 0, 2, 9]),
        ],
        not_evaluable: vec![
            open("AUTH-01", Some("GET /exports"), "the valid credential is answered 500"),
            open("BOLA-01", Some("GET /carts/{cartId}"), "A and B have no private values here"),
            open("BOLA-01", Some("GET /files/{id}"), "A and B have no private values here"),
            open("BOLA-05", Some("GET /search"), "the target answers 429 to every request"),
            open("LLM-01", None, "the chat operation answers 503"),
            open("LLM-02", None, "the chat operation answers 503"),
        ],
    }
}

fn check(id: &str, name: &str, title: &str, severity: Severity, cwe: u16) -> CheckFacts {
    CheckFacts {
        id: id.into(),
        name: name.into(),
        title: title.into(),
        family: id.split('-').next().unwrap().into(),
        severity,
        confidence: Confidence::Confirmed,
        cwe: Cwe(cwe),
        owasp: vec![Owasp::Api(1), Owasp::Llm(7)],
        criteria: vec![Criterion("CC6.1".into()), Criterion("CC6.3".into())],
        page: format!(
            "# {title}\n\nAnyone who is signed in can do this.\n\n## How to mend it\n\n- Ask *whose* it is.\n- Test it with `two` accounts.\n\n```sql\nSELECT * FROM orders WHERE id = $1 AND owner = $2\n```\n"
        ),
    }
}

fn checks() -> Vec<CheckFacts> {
    vec![
        check(
            "BOLA-01",
            "other-users-object-readable",
            "Another user's object can be read",
            Severity::Critical,
            639,
        ),
        check(
            "JWT-04",
            "token-secret-weak",
            "Tokens are signed with a known secret",
            Severity::Critical,
            1391,
        ),
        check("MISC-03", "errors-verbose", "Errors show the inside", Severity::Low, 209),
        check(
            "TRANS-02",
            "http-not-redirected",
            "The API answers without TLS",
            Severity::Medium,
            319,
        ),
    ]
}

fn identities() -> Vec<IdentityOutcome> {
    let identity = |who, label: &str, accepted, note: &str| IdentityOutcome {
        who,
        label: label.into(),
        carrier: "header Authorization: Bearer".into(),
        accepted,
        note: note.into(),
        renewals: 0,
    };
    vec![
        identity(Who::A, "alice", true, "accepted on 6 operations"),
        identity(Who::B, "bob", true, "accepted on 6 operations; differs from A on 4"),
        identity(Who::High, "ops", false, "answered 401 everywhere"),
    ]
}

fn operations() -> Vec<OperationOutcome> {
    let operation = |name: &str, line: Option<u32>, requests| OperationOutcome {
        operation: id(name),
        described_at: line.map(at),
        discovered: line.is_none(),
        baseline: vec![(Who::Nobody, 401), (Who::A, 200)],
        requests,
    };
    vec![
        operation("GET /orders", Some(17), 31),
        operation("GET /orders/{orderId}", Some(41), 64),
        operation("GET /v0/orders", None, 4),
    ]
}

fn tls() -> TlsFacts {
    TlsFacts {
        version: "TLSv1.3".into(),
        cipher_suite: "TLS_AES_128_GCM_SHA256".into(),
        alpn: Some("h2".into()),
        certificates: vec![CertificateFacts {
            subject: "CN=api.shop.test".into(),
            issuer: "CN=Test CA".into(),
            names: vec!["api.shop.test".into()],
            not_before: 1_767_225_600,
            not_after: 1_798_761_600,
            key_algorithm: "EC".into(),
            key_bits: 256,
            signature_algorithm: "ecdsa-with-SHA256".into(),
            fingerprint_sha256: "00".repeat(32),
        }],
        distrusted_because: Some("the issuer is not known".into()),
    }
}

fn cleaned(remove: &str, gone: bool, note: &str) -> CleanupOutcome {
    CleanupOutcome {
        created_by: id("POST /orders"),
        remove: remove.into(),
        gone,
        note: note.into(),
    }
}
