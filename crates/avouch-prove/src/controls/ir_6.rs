//! The control `IR-6`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::Cc7_4;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IR-6",
    name: "Exercises",
    statement: "A tabletop is run at least yearly and technical drills quarterly; gaps become actions.",
    nature: Nature::Hybrid,
    frequency: Frequency::Annual,
    criteria: &[Cc7_4],
    populations: &[Population::Evidence],
    test: "exercise age; open actions",
    evidence: "exercise report, attendance, actions",
    manual: Some("the report of an exercise, with who took part and what follows"),
    sources: Sources {
        probes: &[Probe {
            id: "IR-6.technical-drill",
            what: "a technical drill of the response was held",
            every: Frequency::Quarterly,
        }],
        acts: &[Act {
            what: "the report of an exercise, with who took part and what follows",
            every: Frequency::Annual,
            proof: Proof::Document,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("ir_6.md"),
};
