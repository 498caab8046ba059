//! The control `MON-3`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{A1_1, Cc7_2, Pi1_4};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "MON-3",
    name: "Service health",
    statement: "Latency, error rate, saturation and availability are measured against objectives.",
    nature: Nature::Auto,
    frequency: Frequency::Continuous,
    criteria: &[Cc7_2, A1_1, Pi1_4],
    populations: &[Population::ControlRun],
    test: "SLO computation from ledger; alert on burn rate",
    evidence: "SLO report",
    manual: None,
    sources: Sources {
        probes: &[Probe {
            id: "MON-3.objectives",
            what: "latency, errors and availability are measured against objectives",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("mon_3.md"),
};
