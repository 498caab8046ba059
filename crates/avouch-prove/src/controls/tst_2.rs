//! The control `TST-2`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc3_2, Cc4_1, Cc7_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::findings;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "TST-2",
    name: "Recurring dynamic testing",
    statement: "The attack corpus runs against production-like targets on schedule.",
    nature: Nature::Auto,
    frequency: Frequency::Weekly,
    criteria: &[Cc3_2, Cc4_1, Cc7_1],
    populations: &[Population::ScanRun],
    test: "expected runs = actual runs; coverage of inventory >= target",
    evidence: "run history with coverage",
    manual: None,
    sources: Sources { facts: &["scan"], ..Sources::NONE },
    fold: findings::scans_come_to_their_end,
    page: include_str!("tst_2.md"),
};
