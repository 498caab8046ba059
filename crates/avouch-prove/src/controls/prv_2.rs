//! The control `PRV-2`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{P4_3, P5_1, P5_2, P6_7, P7_1, P8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PRV-2",
    name: "Data-subject requests",
    statement: "Access, correction and deletion requests are authenticated, tracked and met in time.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[P4_3, P5_1, P5_2, P6_7, P7_1, P8_1],
    populations: &[Population::Evidence],
    test: "age versus deadline; identity check recorded; deletion verified",
    evidence: "request register",
    manual: Some("who answers for privacy confirms the register of requests"),
    sources: Sources {
        probes: &[Probe {
            id: "PRV-2.deadlines",
            what: "requests of data subjects are met in time, with identity checked and deletion verified",
            every: Frequency::Weekly,
        }],
        acts: &[Act {
            what: "who answers for privacy confirms the register of requests",
            every: Frequency::Quarterly,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("prv_2.md"),
};
