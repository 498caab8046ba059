//! The control `DAT-1`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{C1_1, Cc2_1, Cc3_2, Cc7_3, P3_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "DAT-1",
    name: "Field-level data classification",
    statement: "Request/response fields are classified (personal, health, payment, credential, confidential) by detectors and confirmed by the owner.",
    nature: Nature::Hybrid,
    frequency: Frequency::Continuous,
    criteria: &[Cc2_1, Cc3_2, Cc7_3, C1_1, P3_1],
    populations: &[Population::Evidence],
    test: "detector run on samples; unconfirmed class older than 30 d fails",
    evidence: "classification register with detector version",
    manual: Some("the owners confirm the classes of data of their APIs"),
    sources: Sources {
        probes: &[Probe {
            id: "DAT-1.classified",
            what: "sensitive fields that the detectors see have a confirmed class",
            every: Frequency::Weekly,
        }],
        acts: &[Act {
            what: "the owners confirm the classes of data of their APIs",
            every: Frequency::Quarterly,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("dat_1.md"),
};
