//! The control `GOV-3`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc1_4, Cc2_2};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::people;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-3",
    name: "Training",
    statement: "People who build or run APIs complete security training at hire and yearly.",
    nature: Nature::Hybrid,
    frequency: Frequency::Annual,
    criteria: &[Cc1_4, Cc2_2],
    populations: &[Population::Training, Population::Person],
    test: "completion join against people list",
    evidence: "completion list",
    manual: Some("somebody confirms that the course fits what people do"),
    sources: Sources {
        facts: &["training", "person"],
        acts: &[Act {
            what: "somebody confirms that the course fits what people do",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: people::everybody_is_trained,
    page: include_str!("gov_3.md"),
};
