//! The control `AVL-2`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{A1_2, A1_3, Cc7_5, Cc9_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "AVL-2",
    name: "Recovery exercise",
    statement: "Failover/DR of the API path is exercised and compared with recovery objectives.",
    nature: Nature::Hybrid,
    frequency: Frequency::Annual,
    criteria: &[Cc7_5, Cc9_1, A1_2, A1_3],
    populations: &[Population::Evidence, Population::ControlRun],
    test: "measured recovery time/point versus objective",
    evidence: "exercise report",
    manual: Some("the report of a recovery exercise, with times and objectives"),
    sources: Sources {
        probes: &[Probe {
            id: "AVL-2.objectives",
            what: "measured times of recovery are within the objectives",
            every: Frequency::Annual,
        }],
        acts: &[Act {
            what: "the report of a recovery exercise, with times and objectives",
            every: Frequency::Annual,
            proof: Proof::Document,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("avl_2.md"),
};
