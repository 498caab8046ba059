//! Entries were taken out of the ledger.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Export>();

fact! {
    /// Entries that were taken out of the ledger: by whom, for whom, which, and in what form.
    15 "export" Export {
        /// The id of the export.
        1 id: String => Trace,
        /// Its form, such as `ocsf`.
        2 form: String,
        /// The conditions, all of which hold for what was taken.
        3 filter: Vec<String>,
        /// The first entry that was looked at.
        4 first: u64,
        /// The entry behind the last one that was looked at.
        5 end: u64,
        /// Entries that were taken.
        6 entries: u64,
        /// Entries that could not be read.
        7 unreadable: u64,
        /// SHA-256 of what was taken.
        8 digest: Digest,
        /// Who took it.
        9 actor: Option<Personal> => Principal,
        /// For whom.
        10 recipient: Option<String> => Object,
        /// What for.
        11 purpose: Option<String>,
        /// The log.
        12 origin: String,
        /// The root of the tree at `size`.
        13 root: Option<Digest>,
        /// The size of the checkpoint it rests on.
        14 size: Option<u64>,
    }
}

impl Example for Export {
    fn example() -> Self {
        Self {
            id: "X-3".into(),
            form: "ocsf".into(),
            filter: vec!["kind=request".into(), "since=2026-11-01".into()],
            first: 0,
            end: 9000,
            entries: 412,
            unreadable: 3,
            digest: Digest([1; 32]),
            actor: Some("anna".into()),
            recipient: Some("auditor".into()),
            purpose: Some("sample".into()),
            origin: "example.com/audit".into(),
            root: Some(Digest([7; 32])),
            size: Some(9001),
            later: Later::default(),
        }
    }
}
