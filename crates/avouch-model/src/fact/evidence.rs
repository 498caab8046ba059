//! A piece of evidence, and where it came from.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Evidence>();

words! {
    /// What happened to a piece of evidence.
    EvidenceEvent {
        /// A program got it from its source.
        1 "collected" Collected,
        /// A person gave it.
        2 "received" Received,
        /// A person looked at it.
        3 "reviewed" Reviewed,
        /// It does not count any more.
        4 "withdrawn" Withdrawn,
    }
}

words! {
    /// What kind of evidence.
    EvidenceKind {
        /// As its source gave it.
        1 "raw" Raw,
        /// Computed from other evidence.
        2 "derived" Derived,
        /// What a person says.
        3 "statement" Statement,
        /// A report of others.
        4 "report" Report,
    }
}

fact! {
    /// A piece of evidence: what it is, what it shows, where it came from, and when.
    14 "evidence" Evidence {
        /// The id of the piece.
        1 id: String => Object,
        /// What happened.
        2 event: EvidenceEvent,
        /// What kind.
        3 evidence_kind: EvidenceKind,
        /// What it is.
        4 title: String,
        /// SHA-256 of it.
        5 digest: Digest,
        /// Its media type.
        6 media_type: Option<String>,
        /// How long it is.
        7 bytes: Option<u64>,
        /// The system it came from.
        8 source: Option<String>,
        /// The question that gave it.
        9 query: Option<String>,
        /// Rows it has.
        10 rows: Option<u64>,
        /// Digests of what it was computed from.
        11 inputs: Vec<Digest>,
        /// Ids of the controls it is about.
        12 controls: Vec<String>,
        /// Ids of the criteria it is about.
        13 criteria: Vec<String>,
        /// The beginning of what it shows, in milliseconds since 1970.
        14 effective_from_ms: Option<u64>,
        /// The end of what it shows, in milliseconds since 1970.
        15 effective_to_ms: Option<u64>,
        /// When it was got from its source, in milliseconds since 1970.
        16 collected_ms: Option<u64>,
        /// Who gave, got or reviewed it.
        17 actor: Option<Personal> => Principal,
        /// Why.
        18 because: Option<String>,
    }
}

impl Example for Evidence {
    fn example() -> Self {
        Self {
            id: "E-9".into(),
            event: EvidenceEvent::Received,
            evidence_kind: EvidenceKind::Report,
            title: "Penetration test 2026".into(),
            digest: Digest([1; 32]),
            media_type: Some("application/pdf".into()),
            bytes: Some(123_456),
            source: Some("tester".into()),
            query: Some("all".into()),
            rows: Some(1),
            inputs: vec![Digest([7; 32])],
            controls: vec!["TST-3".into()],
            criteria: vec!["CC4.1".into()],
            effective_from_ms: Some(1_793_491_200_000),
            effective_to_ms: Some(1_796_083_200_000),
            collected_ms: Some(1_795_651_200_000),
            actor: Some("anna".into()),
            because: Some("audit".into()),
            later: Later::default(),
        }
    }
}
