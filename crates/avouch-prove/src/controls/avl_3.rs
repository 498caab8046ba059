//! The control `AVL-3`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::A1_1;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "AVL-3",
    name: "Capacity",
    statement: "Demand, limits and headroom are tracked and acted on.",
    nature: Nature::Auto,
    frequency: Frequency::Continuous,
    criteria: &[A1_1],
    populations: &[Population::ControlRun],
    test: "headroom forecast; load test at planned peak",
    evidence: "capacity report",
    manual: None,
    sources: Sources {
        policies: &["limit"],
        probes: &[Probe {
            id: "AVL-3.headroom",
            what: "there is headroom for the forecast demand",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("avl_3.md"),
};
