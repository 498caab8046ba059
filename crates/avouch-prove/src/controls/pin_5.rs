//! The control `PIN-5`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::Pi1_5;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::ledgers;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PIN-5",
    name: "Stored data integrity",
    statement: "Stored inputs/outputs can be shown complete and unaltered for the retention time.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Pi1_5],
    populations: &[Population::LedgerCare],
    test: "digest re-check; record count versus reconciliation",
    evidence: "integrity report",
    manual: None,
    sources: Sources {
        facts: &["ledger"],
        probes: &[Probe {
            id: "PIN-5.digests",
            what: "digests and counts of stored batches match",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: ledgers::verified,
    page: include_str!("pin_5.md"),
};
