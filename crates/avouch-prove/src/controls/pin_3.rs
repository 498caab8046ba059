//! The control `PIN-3`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::Pi1_3;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PIN-3",
    name: "Error handling",
    statement: "Failed items are captured, owned and cleared.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Pi1_3],
    populations: &[Population::ControlRun],
    test: "dead-letter age; no silent drop",
    evidence: "error register",
    manual: None,
    sources: Sources {
        probes: &[Probe {
            id: "PIN-3.dead-letters",
            what: "failed items are owned and younger than the limit",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("pin_3.md"),
};
