//! A ledger was judged, archived or restored.

use crate::coding::{Digest, Example, Kind, Later, Personal, fact, words};

/// The kind, for the table of kinds.
pub const KIND: Kind = Kind::of::<Ledger>();

words! {
    /// What happened to a ledger.
    LedgerEvent {
        /// It was judged.
        1 "verified" Verified,
        /// Parts of it were put elsewhere.
        2 "archived" Archived,
        /// It was brought back from elsewhere.
        3 "restored" Restored,
        /// Something that should be in it is not.
        4 "gap" Gap,
        /// Its counts were compared with those of another system.
        5 "reconciled" Reconciled,
    }
}

words! {
    /// How it was judged.
    LedgerVerdict {
        /// Nothing was altered.
        1 "intact" Intact,
        /// Tampering is proven.
        2 "tampered" Tampered,
        /// Something is missing or not proven.
        3 "incomplete" Incomplete,
        /// It could not be judged.
        4 "unchecked" Unchecked,
    }
}

fact! {
    /// Something about a ledger, this one or another: that it was judged, archived, restored, or that
    /// something is missing in it.
    17 "ledger" Ledger {
        /// The log it is about.
        1 origin: String => Object,
        /// What happened.
        2 event: LedgerEvent,
        /// How it was judged.
        3 verdict: Option<LedgerVerdict> => Decision,
        /// Its entries.
        4 size: Option<u64>,
        /// The root of its tree at that size.
        5 root: Option<Digest>,
        /// Codes of what was found.
        6 findings: Vec<String>,
        /// What it counts.
        7 counted_here: Option<u64>,
        /// What the other system counts.
        8 counted_there: Option<u64>,
        /// The first entry it is about.
        9 first: Option<u64>,
        /// The entry behind the last one it is about.
        10 end: Option<u64>,
        /// Where it was put, or brought from.
        11 place: Option<String>,
        /// Who did it.
        12 actor: Option<Personal> => Principal,
        /// The version of the program.
        13 version: Option<String>,
        /// Why.
        14 because: Option<String>,
    }
}

impl Example for Ledger {
    fn example() -> Self {
        Self {
            origin: "example.com/audit".into(),
            event: LedgerEvent::Verified,
            verdict: Some(LedgerVerdict::Incomplete),
            size: Some(9001),
            root: Some(Digest([7; 32])),
            findings: vec!["unwitnessed-tail".into()],
            counted_here: Some(412),
            counted_there: Some(413),
            first: Some(0),
            end: Some(9001),
            place: Some("archive".into()),
            actor: Some("anna".into()),
            version: Some("0.1.0".into()),
            because: Some("daily".into()),
            later: Later::default(),
        }
    }
}
