//! What a scan was asked to do, and how it ended.

use crate::coding::{Digest, Example, Kind, Later, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Scan>();

words! {
    /// What happened to a scan.
    ScanEvent {
        /// It is about to ask its first question.
        1 "begun" Begun,
        /// It has ended, as `ending` says.
        2 "ended" Ended,
    }
}

words! {
    /// What a scan may do to its target.
    Tier {
        /// Looks at what other requests brought.
        1 "passive" Passive,
        /// Sends what promises to change nothing.
        2 "read" Read,
        /// Writes to objects of its own and sends payloads.
        3 "active" Active,
        /// Loads, locks out, costs money.
        4 "disruptive" Disruptive,
    }
}

words! {
    /// How a scan ended.
    ScanEnding {
        /// Everything planned was asked.
        1 "complete" Complete,
        /// A person stopped it.
        2 "interrupted" Interrupted,
        /// Its requests or its time were spent first.
        3 "budget-spent" BudgetSpent,
        /// The target stopped answering.
        4 "target-gone" TargetGone,
        /// The target could not be reached.
        5 "unreachable" Unreachable,
        /// A credential stopped working.
        6 "identity-lost" IdentityLost,
        /// The target blocks the scan.
        7 "blocked" Blocked,
        /// It could not begin: a mistake in what it was given.
        8 "refused" Refused,
    }
}

fact! {
    /// A scan of an API. It is written down twice: before the first question, and when it has ended.
    /// A scan that began and has no end was broken off: nothing is known of what it did not write.
    2 "scan" Scan {
        /// The id that every request of the scan carried.
        1 id: String => Trace,
        /// What happened.
        2 event: ScanEvent,
        /// The base address of the target, without credentials.
        3 target: String => Object,
        /// The version of the program.
        4 version: String,
        /// SHA-256 of all that the scan was asked to do, secrets left out.
        5 configuration: Digest,
        /// The highest tier.
        6 tier: Tier,
        /// The ids of the checks that were asked for; none means all of that tier.
        7 checks: Vec<String>,
        /// Who asks: `a`, `b`, `high`. Nobody asks always.
        8 identities: Vec<String>,
        /// SHA-256 of the key with which exchanges are digested.
        9 key_digest: Option<Digest>,
        /// How it ended.
        10 ending: Option<ScanEnding>,
        /// Why it ended so.
        11 because: Option<String>,
        /// Requests sent.
        12 requests: Option<u64>,
        /// Requests without an answer.
        13 failures: Option<u64>,
        /// Exchanges that are recorded as facts of the kind `request`.
        14 recorded: Option<u64>,
        /// Findings, each of which is a fact of its own.
        15 findings: Option<u64>,
        /// The score, 0 to 100; not there when nothing could be said.
        16 score: Option<u64>,
        /// The grade; not there when it is withheld.
        17 grade: Option<String>,
        /// Answered questions in per cent of those that applied.
        18 coverage_percent: Option<u64>,
        /// Questions that could not be answered.
        19 not_evaluable: Option<u64>,
        /// How long it took, in milliseconds.
        20 took_ms: Option<u64>,
        /// SHA-256 of the report as JSON.
        21 report: Option<Digest>,
        /// SHA-256 of the recording as JSON.
        22 recording: Option<Digest>,
    }
}

impl Example for Scan {
    fn example() -> Self {
        Self {
            id: "4f1c2a6e-0000-4000-8000-000000000001".into(),
            event: ScanEvent::Ended,
            target: "https://api.example.com/".into(),
            version: "0.1.0".into(),
            configuration: Digest([1; 32]),
            tier: Tier::Read,
            checks: vec!["BOLA-01".into(), "AUTH-02".into()],
            identities: vec!["a".into(), "b".into()],
            key_digest: Some(Digest([2; 32])),
            ending: Some(ScanEnding::BudgetSpent),
            because: Some("10000 requests".into()),
            requests: Some(10_000),
            failures: Some(0),
            recorded: Some(10_000),
            findings: Some(3),
            score: Some(71),
            grade: Some("C".into()),
            coverage_percent: Some(88),
            not_evaluable: Some(12),
            took_ms: Some(65_536),
            report: Some(Digest([3; 32])),
            recording: Some(Digest([4; 32])),
            later: Later::default(),
        }
    }
}
