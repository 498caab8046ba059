//! The control `LOG-4`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc2_1, Cc7_2, P6_2};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::ledgers;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "LOG-4",
    name: "Log completeness reconciliation",
    statement: "Counts from an independent source (load balancer, upstream, kernel counter) match the ledger within a stated tolerance.",
    nature: Nature::Auto,
    frequency: Frequency::Hourly,
    criteria: &[Cc2_1, Cc7_2, P6_2],
    populations: &[Population::LedgerCare],
    test: "difference outside tolerance raises a gap record; gaps are listed, never hidden",
    evidence: "reconciliation table incl. gap register",
    manual: None,
    sources: Sources { facts: &["ledger"], ..Sources::NONE },
    fold: ledgers::reconciled,
    page: include_str!("log_4.md"),
};
