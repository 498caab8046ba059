//! A vendor was registered, reviewed, approved or given up.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Vendor>();

words! {
    /// What happened to a vendor.
    VendorEvent {
        /// It is in the register.
        1 "registered" Registered,
        /// What it does with data and how it protects it was looked at.
        2 "reviewed" Reviewed,
        /// It may be used.
        3 "approved" Approved,
        /// What stands in the register about it changed.
        4 "changed" Changed,
        /// It told of a breach or an outage.
        5 "incident" Incident,
        /// It is used no more.
        6 "ended" Ended,
    }
}

words! {
    /// How much depends on a vendor.
    VendorRisk {
        /// Little.
        1 "low" Low,
        /// Something.
        2 "medium" Medium,
        /// Much.
        3 "high" High,
    }
}

fact! {
    /// A vendor, or another third party whose interfaces are called or who processes data: that it was
    /// registered, reviewed, approved or given up.
    18 "vendor" Vendor {
        /// The id of the vendor.
        1 id: String => Object,
        /// What happened.
        2 event: VendorEvent,
        /// Its name.
        3 name: String,
        /// What it does.
        4 service: Option<String>,
        /// How much depends on it.
        5 risk: Option<VendorRisk>,
        /// Hosts that are called there.
        6 destinations: Vec<String> => Object,
        /// Classes of data that it gets.
        7 classes: Vec<String>,
        /// Whether a contract is signed.
        8 contract: Option<bool>,
        /// Whether it has promised to protect personal data.
        9 privacy_terms: Option<bool>,
        /// Whether it has promised to tell of breaches.
        10 breach_terms: Option<bool>,
        /// Who answers for it.
        11 owner: Option<Personal> => Principal,
        /// Who did it.
        12 actor: Option<Personal> => Principal,
        /// When it is to be looked at again, in milliseconds since 1970.
        13 review_due_ms: Option<u64>,
        /// SHA-256 of its report of assurance, or of what else was looked at.
        14 evidence: Vec<Digest>,
        /// The beginning of what the report covers, in milliseconds since 1970.
        15 covered_from_ms: Option<u64>,
        /// The end of what the report covers, in milliseconds since 1970.
        16 covered_to_ms: Option<u64>,
        /// Why.
        17 because: Option<String>,
        /// When it took effect, in milliseconds since 1970.
        18 effective_ms: Option<u64>,
        /// When it was written down at its source, in milliseconds since 1970.
        19 collected_ms: Option<u64>,
    }
}

impl Example for Vendor {
    fn example() -> Self {
        Self {
            id: "mailer".into(),
            event: VendorEvent::Reviewed,
            name: "Example Mail".into(),
            service: Some("sends receipts".into()),
            risk: Some(VendorRisk::Medium),
            destinations: vec!["api.mail.example".into()],
            classes: vec!["email".into()],
            contract: Some(true),
            privacy_terms: Some(true),
            breach_terms: Some(true),
            owner: Some("otto".into()),
            actor: Some("anna".into()),
            review_due_ms: Some(1_827_187_200_000),
            evidence: vec![Digest([1; 32])],
            covered_from_ms: Some(1_764_547_200_000),
            covered_to_ms: Some(1_796_083_200_000),
            because: Some("each year".into()),
            effective_ms: Some(1_795_564_800_000),
            collected_ms: Some(1_795_651_200_000),
            later: Later::default(),
        }
    }
}
