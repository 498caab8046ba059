//! The control `GOV-6`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc1_1, Cc1_5, Cc4_2, Cc5_3};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::exceptions;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-6",
    name: "Exceptions",
    statement: "Deviations from controls are approved by the right level, time-limited and re-reviewed.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc1_1, Cc1_5, Cc4_2, Cc5_3],
    populations: &[Population::Exception],
    test: "expired exception still in force = fail",
    evidence: "exception register",
    manual: Some("somebody of the right level decides"),
    sources: Sources {
        facts: &["decision"],
        acts: &[Act {
            what: "somebody of the right level decides",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: exceptions::each_is_approved_and_ends,
    page: include_str!("gov_6.md"),
};
