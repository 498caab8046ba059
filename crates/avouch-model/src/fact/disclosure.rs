//! Personal data went to somebody else.

use crate::coding::{Example, Kind, Later, Personal, fact};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Disclosure>();

fact! {
    /// Personal data was given to a third party: to whom, of what class, for what, and on what ground.
    /// The data itself is never in it.
    20 "disclosure" Disclosure {
        /// The id of the disclosure.
        1 id: String => Trace,
        /// Who got it: the id of a vendor, or another name.
        2 recipient: String => Object,
        /// What for.
        3 purpose: Option<String>,
        /// Classes of data.
        4 classes: Vec<String>,
        /// On what ground, such as `contract` or `consent`.
        5 ground: Option<String>,
        /// The operation or job that gave it.
        6 operation: Option<String> => Operation,
        /// Whom the data is about.
        7 subjects: Vec<Personal> => Principal,
        /// How many people it is about, when they are not named.
        8 people: Option<u64>,
        /// Whether it was allowed.
        9 authorised: bool,
        /// Who did it, or wrote it down.
        10 actor: Option<Personal> => Principal,
        /// When it happened, in milliseconds since 1970.
        11 effective_ms: Option<u64>,
        /// Why.
        12 because: Option<String>,
    }
}

impl Example for Disclosure {
    fn example() -> Self {
        Self {
            id: "D-7".into(),
            recipient: "mailer".into(),
            purpose: Some("receipts".into()),
            classes: vec!["email".into()],
            ground: Some("contract".into()),
            operation: Some("POST /orders".into()),
            subjects: vec!["emma@example.com".into()],
            people: Some(1),
            authorised: true,
            actor: Some("anna".into()),
            effective_ms: Some(1_795_564_800_000),
            because: Some("an order".into()),
            later: Later::default(),
        }
    }
}
