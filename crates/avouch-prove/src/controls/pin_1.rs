//! The control `PIN-1`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::Pi1_2;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PIN-1",
    name: "Duplicate and replay safety",
    statement: "State-changing operations are idempotent or refuse replays.",
    nature: Nature::Auto,
    frequency: Frequency::Weekly,
    criteria: &[Pi1_2],
    populations: &[Population::ScanRun, Population::Finding],
    test: "replay with same idempotency key has one effect",
    evidence: "replay result",
    manual: None,
    sources: Sources { checks: &["FLOW-01", "UC-02"], ..Sources::NONE },
    fold: nothing_else,
    page: include_str!("pin_1.md"),
};
