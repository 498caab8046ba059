//! The control `PIN-2`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Pi1_2, Pi1_3};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PIN-2",
    name: "Input/output reconciliation",
    statement: "Accepted inputs, processed items and outputs are counted and reconciled.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Pi1_2, Pi1_3],
    populations: &[Population::ControlRun],
    test: "in - rejected = processed = out (+ queued)",
    evidence: "reconciliation table",
    manual: None,
    sources: Sources {
        probes: &[Probe {
            id: "PIN-2.counts",
            what: "inputs, rejected, processed and waiting items add up",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("pin_2.md"),
};
