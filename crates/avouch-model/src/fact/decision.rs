//! A decision about access, apart from single requests.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Decision>();

words! {
    /// What was to be decided.
    DecisionAbout {
        /// Whether somebody is shut out.
        1 "containment" Containment,
        /// Whether access that was given is still needed.
        2 "access-review" AccessReview,
        /// Whether access is given.
        3 "access-request" AccessRequest,
        /// Whether a rule may be left.
        4 "exception" Exception,
        /// Whether a change may be made.
        5 "change" Change,
        /// Whether others are told.
        6 "notice" Notice,
    }
}

words! {
    /// What was decided.
    Verdict {
        /// Yes.
        1 "allow" Allow,
        /// No.
        2 "deny" Deny,
        /// It stays as it is.
        3 "keep" Keep,
        /// It is taken away.
        4 "revoke" Revoke,
        /// Not yet.
        5 "defer" Defer,
    }
}

fact! {
    /// A decision about access that is not about one request: a containment, an access review, an
    /// exception, an approval.
    6 "decision" Decision {
        /// The id of the decision.
        1 id: String => Trace,
        /// What was to be decided.
        2 about: DecisionAbout,
        /// What was decided.
        3 verdict: Verdict => Decision,
        /// Whom it is about.
        4 subject: Option<Personal> => Principal,
        /// What it is about.
        5 objects: Vec<String> => Object,
        /// The operation it is about.
        6 operation: Option<String> => Operation,
        /// Who decided.
        7 decided_by: Vec<Personal> => Principal,
        /// Who asked for it.
        8 requested_by: Option<Personal> => Principal,
        /// The policy it rests on.
        9 policy: Option<String>,
        /// Why.
        10 because: Option<String>,
        /// When it ends, in milliseconds since 1970.
        11 until_ms: Option<u64>,
        /// Where it was talked over.
        12 ticket: Option<String>,
        /// Digests of what it rests on.
        13 evidence: Vec<Digest>,
        /// When it took effect, in milliseconds since 1970.
        128 effective_ms: Option<u64>,
        /// When it was written down at its source, in milliseconds since 1970.
        129 collected_ms: Option<u64>,
    }
}

impl Example for Decision {
    fn example() -> Self {
        Self {
            id: "review-2026-q4-17".into(),
            about: DecisionAbout::AccessReview,
            verdict: Verdict::Revoke,
            subject: Some("emma@example.com".into()),
            objects: vec!["key-3".into()],
            operation: Some("POST /orders".into()),
            decided_by: vec!["anna".into()],
            requested_by: Some("otto".into()),
            policy: Some("access-2".into()),
            because: Some("left the team".into()),
            until_ms: Some(1_798_761_600_000),
            ticket: Some("OPS-12".into()),
            evidence: vec![Digest([7; 32])],
            effective_ms: Some(1_795_564_800_000),
            collected_ms: Some(1_795_651_200_000),
            later: Later::default(),
        }
    }
}
