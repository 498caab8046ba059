//! Somebody was trained, or has not been.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Training>();

words! {
    /// What happened to a training.
    TrainingEvent {
        /// It is to be done.
        1 "assigned" Assigned,
        /// It was done.
        2 "completed" Completed,
        /// It was tried and not passed.
        3 "failed" Failed,
        /// It has to be done again.
        4 "expired" Expired,
    }
}

fact! {
    /// The training of a person.
    11 "training" Training {
        /// Who.
        1 person: Personal => Principal,
        /// What happened.
        2 event: TrainingEvent,
        /// The id of the course.
        3 course: String => Object,
        /// The version of its content.
        4 version: Option<String>,
        /// The role it is for.
        5 role: Option<String>,
        /// When it is due, in milliseconds since 1970.
        6 due_ms: Option<u64>,
        /// When it was done, in milliseconds since 1970.
        7 completed_ms: Option<u64>,
        /// When it has to be done again, in milliseconds since 1970.
        8 expires_ms: Option<u64>,
        /// The result of its test.
        9 score_percent: Option<u64>,
        /// Where this was learnt from.
        10 source: Option<String>,
        /// SHA-256 of the certificate.
        11 evidence: Option<Digest>,
        /// When it was written down at its source, in milliseconds since 1970.
        128 collected_ms: Option<u64>,
    }
}

impl Example for Training {
    fn example() -> Self {
        Self {
            person: "anna@example.com".into(),
            event: TrainingEvent::Completed,
            course: "secure-interfaces".into(),
            version: Some("2026".into()),
            role: Some("developer".into()),
            due_ms: Some(1_795_651_200_000),
            completed_ms: Some(1_795_564_800_000),
            expires_ms: Some(1_827_187_200_000),
            score_percent: Some(92),
            source: Some("import".into()),
            evidence: Some(Digest([7; 32])),
            collected_ms: Some(1_795_651_200_000),
            later: Later::default(),
        }
    }
}
