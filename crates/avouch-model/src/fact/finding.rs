//! A weakness that was proven, and what became of it.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};
use crate::severity::{Confidence, Severity};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Finding>();

words! {
    /// What happened to a finding.
    FindingEvent {
        /// A scan proved it.
        1 "proven" Proven,
        /// It was asked again and held.
        2 "fixed" Fixed,
        /// Somebody answers for leaving it as it is.
        3 "accepted" Accepted,
        /// It is to be mended after all.
        4 "reopened" Reopened,
    }
}

fact! {
    /// A weakness of an API: that it was proven, or what became of it afterwards.
    3 "finding" Finding {
        /// The same in each scan: 16 hexadecimal digits.
        1 fingerprint: String => Object,
        /// What happened.
        2 event: FindingEvent,
        /// The scan that proved it.
        3 scan: Option<String> => Trace,
        /// The base address of the target.
        4 target: String,
        /// The id of the check, such as `BOLA-01`.
        5 check: String,
        /// The name of the check.
        6 name: String,
        /// The title of the check.
        7 title: String,
        /// How bad.
        8 severity: Severity,
        /// How sure.
        9 confidence: Confidence,
        /// Where; not there when it is the target as a whole.
        10 operation: Option<String> => Operation,
        /// Which parameter or property.
        11 parameter: Option<String>,
        /// Whose object was reached: a handle such as `a`.
        12 owner: Option<String>,
        /// Who reached it: a handle such as `b`.
        13 reader: Option<String>,
        /// Who did what and got what.
        14 summary: String,
        /// The steps of the proof.
        15 reasons: Vec<String>,
        /// Why it matters.
        16 impact: String,
        /// How to mend it.
        17 remediation: String,
        /// The number of the weakness (CWE).
        18 cwe: u64,
        /// Risks it belongs to.
        19 owasp: Vec<String>,
        /// Ids of the criteria it is evidence about.
        20 criteria: Vec<String>,
        /// What ties repeats of one cause together.
        21 root_cause: Option<String>,
        /// How often it was proven from a fresh start.
        22 proven_times: u64,
        /// A command that repeats the deciding request, its secrets left out.
        23 reproduce: Option<String>,
        /// The deciding exchanges: digests of facts of the kind `request`.
        24 exchanges: Vec<Digest>,
        /// Who answers for leaving it.
        25 accepted_by: Option<Personal> => Principal,
        /// Why it may stay.
        26 accepted_because: Option<String>,
        /// The last day it may, such as `2027-01-31`.
        27 accepted_until: Option<String>,
    }
}

impl Example for Finding {
    fn example() -> Self {
        Self {
            fingerprint: "0123456789abcdef".into(),
            event: FindingEvent::Proven,
            scan: Some("4f1c2a6e-0000-4000-8000-000000000001".into()),
            target: "https://api.example.com/".into(),
            check: "BOLA-01".into(),
            name: "other-users-object-readable".into(),
            title: "One user can read the object of another".into(),
            severity: Severity::Critical,
            confidence: Confidence::Confirmed,
            operation: Some("GET /orders/{orderId}".into()),
            parameter: Some("orderId".into()),
            owner: Some("a".into()),
            reader: Some("b".into()),
            summary: "B reads the order of A".into(),
            reasons: vec!["A made it.".into(), "B got it.".into()],
            impact: "Any customer can take the orders of all others.".into(),
            remediation: "Look an object up within what its reader owns.".into(),
            cwe: 639,
            owasp: vec!["API1:2023".into()],
            criteria: vec!["CC6.1".into(), "CC6.3".into()],
            root_cause: Some("orders".into()),
            proven_times: 2,
            reproduce: Some(
                "curl -H \"Authorization: Bearer $TOKEN_B\" https://api.example.com/orders/7"
                    .into(),
            ),
            exchanges: vec![Digest([5; 32]), Digest([6; 32])],
            accepted_by: Some("anna".into()),
            accepted_because: Some("goes with the old shop".into()),
            accepted_until: Some("2027-01-31".into()),
            later: Later::default(),
        }
    }
}
