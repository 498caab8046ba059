//! A configuration was loaded, changed or refused.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Configuration>();

words! {
    /// What happened to a configuration.
    ConfigurationEvent {
        /// It is in force since the program started.
        1 "loaded" Loaded,
        /// It took the place of another one.
        2 "changed" Changed,
        /// It was not taken; the one before stays.
        3 "refused" Refused,
        /// What is in force is not what was approved.
        4 "drifted" Drifted,
    }
}

fact! {
    /// A configuration that was loaded, changed, refused, or found to be another than the approved one.
    8 "configuration" Configuration {
        /// Whose configuration, such as `gateway`.
        1 component: String => Object,
        /// What happened.
        2 event: ConfigurationEvent,
        /// SHA-256 of it.
        3 digest: Digest,
        /// SHA-256 of the one before.
        4 before: Option<Digest>,
        /// SHA-256 of the approved one.
        5 approved: Option<Digest>,
        /// Who did it.
        6 actor: Option<Personal> => Principal,
        /// Who approved it.
        7 approved_by: Vec<Personal> => Principal,
        /// What in it changed, such as `listener.tls.minimum`.
        8 places: Vec<String>,
        /// What changed, in a sentence.
        9 summary: Option<String>,
        /// Where it was talked over.
        10 ticket: Option<String> => Trace,
        /// Whether it went ahead of its approval.
        11 emergency: Option<bool>,
        /// Why it was refused, or what the drift is.
        12 because: Option<String>,
    }
}

impl Example for Configuration {
    fn example() -> Self {
        Self {
            component: "gateway".into(),
            event: ConfigurationEvent::Changed,
            digest: Digest([1; 32]),
            before: Some(Digest([2; 32])),
            approved: Some(Digest([1; 32])),
            actor: Some("anna".into()),
            approved_by: vec!["otto".into()],
            places: vec!["listener.tls.minimum".into()],
            summary: Some("TLS 1.3 only".into()),
            ticket: Some("OPS-13".into()),
            emergency: Some(false),
            because: Some("audit".into()),
            later: Later::default(),
        }
    }
}
