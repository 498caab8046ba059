//! A policy was written, approved, published or acknowledged.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Policy>();

words! {
    /// What happened to a policy.
    PolicyEvent {
        /// It was written.
        1 "drafted" Drafted,
        /// It was approved.
        2 "approved" Approved,
        /// It is in force.
        3 "published" Published,
        /// Somebody has read it and will keep it.
        4 "acknowledged" Acknowledged,
        /// It was looked at and stays.
        5 "reviewed" Reviewed,
        /// It is in force no more.
        6 "retired" Retired,
    }
}

fact! {
    /// A policy, for people or for the gateway: that it was written, approved, published, acknowledged.
    9 "policy" Policy {
        /// The id of the policy.
        1 id: String => Object,
        /// What happened.
        2 event: PolicyEvent,
        /// Its version.
        3 version: String,
        /// Its title.
        4 title: String,
        /// SHA-256 of its text.
        5 digest: Digest,
        /// Who did it.
        6 actor: Option<Personal> => Principal,
        /// From when it holds, in milliseconds since 1970.
        7 effective_ms: Option<u64>,
        /// When it is to be looked at again, in milliseconds since 1970.
        8 review_due_ms: Option<u64>,
        /// Ids of the controls that put it to work.
        9 controls: Vec<String>,
        /// Ids of the criteria it serves.
        10 criteria: Vec<String>,
        /// Why.
        11 because: Option<String>,
        /// When it was written down at its source, in milliseconds since 1970.
        128 collected_ms: Option<u64>,
    }
}

impl Example for Policy {
    fn example() -> Self {
        Self {
            id: "access".into(),
            event: PolicyEvent::Acknowledged,
            version: "3".into(),
            title: "Access to interfaces".into(),
            digest: Digest([1; 32]),
            actor: Some("anna".into()),
            effective_ms: Some(1_795_651_200_000),
            review_due_ms: Some(1_827_187_200_000),
            controls: vec!["IAM-4".into(), "IAM-7".into()],
            criteria: vec!["CC6.2".into()],
            because: Some("each year".into()),
            collected_ms: Some(1_795_651_200_000),
            later: Later::default(),
        }
    }
}
