//! The control `GOV-7`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc1_2, Cc4_2};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-7",
    name: "Management review",
    statement: "Leadership reviews control status, incidents, exceptions and score trends on schedule.",
    nature: Nature::Manual,
    frequency: Frequency::Quarterly,
    criteria: &[Cc1_2, Cc4_2],
    populations: &[Population::Evidence],
    test: "review age; actions tracked",
    evidence: "minutes, pack digest",
    manual: Some(
        "the minutes of a management review of controls, incidents, exceptions and the score",
    ),
    sources: Sources {
        acts: &[Act {
            what: "the minutes of a management review of controls, incidents, exceptions and the score",
            every: Frequency::Quarterly,
            proof: Proof::Document,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("gov_7.md"),
};
