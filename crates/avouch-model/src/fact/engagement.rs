//! What auditor and management say to each other about an engagement.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Engagement>();

words! {
    /// What was done.
    EngagementEvent {
        /// Something is asked for.
        1 "asked" Asked,
        /// What was asked for is referred to.
        2 "answered" Answered,
        /// Somebody says something.
        3 "commented" Commented,
        /// What was asked for was given.
        4 "closed" Closed,
        /// What was given is not enough.
        5 "reopened" Reopened,
        /// The auditor did chosen tests again.
        6 "reperformed" Reperformed,
    }
}

words! {
    /// Who says it.
    Side {
        /// Whoever audits.
        1 "auditor" Auditor,
        /// Whoever is audited.
        2 "management" Management,
    }
}

fact! {
    /// One act of an engagement between auditor and management: a request, an answer that refers to what
    /// is in the ledger, a comment, or tests that were done again.
    33 "engagement" Engagement {
        /// The engagement: `engagement/` and its id.
        1 id: String => Object,
        /// What was done.
        2 event: EngagementEvent,
        /// Who says it.
        3 side: Side,
        /// When it was said, in milliseconds since 1970.
        4 said_ms: u64,
        /// The request that it is about.
        5 request: Option<String>,
        /// What is said.
        6 text: Option<String>,
        /// The population that is asked for or referred to.
        7 population: Option<String>,
        /// Which rows of it: `field=value` each.
        8 filter: Vec<String>,
        /// Ids of the controls it is about.
        9 controls: Vec<String>,
        /// When it is due, in milliseconds since 1970.
        10 due_ms: Option<u64>,
        /// How many rows are referred to.
        11 count: Option<u64>,
        /// The root of a tree of the leaf hashes of these rows.
        12 root: Option<Digest>,
        /// Rows before this entry are meant.
        13 end: Option<u64>,
        /// The piece of evidence that is referred to.
        14 evidence: Option<String>,
        /// SHA-256 of it, or of the transcript of tests.
        15 digest: Option<Digest>,
        /// Who said it.
        16 actor: Option<Personal> => Principal,
        /// The signature of the auditor's key over the act: 128 hexadecimal digits.
        17 signature: Option<String>,
    }
}

impl Example for Engagement {
    fn example() -> Self {
        Self {
            id: "engagement/2026-q4".into(),
            event: EngagementEvent::Answered,
            side: Side::Management,
            said_ms: 1_795_651_200_000,
            request: Some("R-1".into()),
            text: Some("all keys of the period".into()),
            population: Some("credential-issued".into()),
            filter: vec!["event=issued".into()],
            controls: vec!["IAM-4".into()],
            due_ms: Some(1_796_083_200_000),
            count: Some(412),
            root: Some(Digest([1; 32])),
            end: Some(9_000),
            evidence: Some("E-9".into()),
            digest: Some(Digest([2; 32])),
            actor: Some("anna".into()),
            signature: Some("00".repeat(64)),
            later: Later::default(),
        }
    }
}
