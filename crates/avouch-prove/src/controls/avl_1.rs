//! The control `AVL-1`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{A1_2, A1_3, Cc7_5, Pi1_5};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::ledgers;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "AVL-1",
    name: "Backup and restore",
    statement: "Gateway configuration, ledger and evidence are backed up and restores are proven.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc7_5, A1_2, A1_3, Pi1_5],
    populations: &[Population::LedgerCare],
    test: "restore to clean host and verify Merkle root",
    evidence: "restore test record",
    manual: None,
    sources: Sources { facts: &["ledger"], ..Sources::NONE },
    fold: |scope| ledgers::archived(scope).and(ledgers::restored(scope)),
    page: include_str!("avl_1.md"),
};
