//! The control `LOG-2`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc4_1, P6_2, Pi1_5};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::ledgers;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "LOG-2",
    name: "Tamper evidence",
    statement: "Records enter an append-only Merkle log with signed, witnessed checkpoints; alteration or removal is detectable by outsiders.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc4_1, Pi1_5, P6_2],
    populations: &[Population::LedgerCare],
    test: "recompute tree; consistency proof between every checkpoint pair; deliberate-tamper drill must be caught",
    evidence: "checkpoints, witness signatures, verifier output",
    manual: None,
    sources: Sources {
        facts: &["ledger"],
        probes: &[Probe {
            id: "LOG-2.tamper-drill",
            what: "a copy that was tampered with is found out",
            every: Frequency::Quarterly,
        }],
        ..Sources::NONE
    },
    fold: ledgers::verified,
    page: include_str!("log_2.md"),
};
