//! The control `IR-5`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc7_4, Cc7_5};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::incidents;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IR-5",
    name: "Learning",
    statement: "Root cause, corrective action and effectiveness check follow each major incident.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc7_4, Cc7_5],
    populations: &[Population::Incident],
    test: "review within N days; actions closed or dated",
    evidence: "post-incident review, action register",
    manual: Some("a review of the cause and the measures"),
    sources: Sources {
        facts: &["incident"],
        acts: &[Act {
            what: "a review of the cause and the measures",
            every: Frequency::PerEvent,
            proof: Proof::Document,
        }],
        ..Sources::NONE
    },
    fold: incidents::each_was_learnt_from,
    page: include_str!("ir_5.md"),
};
