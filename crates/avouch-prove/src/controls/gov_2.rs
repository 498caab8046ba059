//! The control `GOV-2`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc3_1, Cc3_2, Cc3_3, Cc5_1, Cc9_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::risks;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-2",
    name: "Risk assessment",
    statement: "API risks incl. fraud/abuse, third parties and change are assessed at least yearly with owners and treatment.",
    nature: Nature::Manual,
    frequency: Frequency::Annual,
    criteria: &[Cc3_1, Cc3_2, Cc3_3, Cc5_1, Cc9_1],
    populations: &[Population::Risk],
    test: "risk review age; each high risk has treatment/acceptance",
    evidence: "risk register, minutes",
    manual: Some("management has looked at risks of fraud, third parties and change"),
    sources: Sources {
        facts: &["risk"],
        acts: &[Act {
            what: "management has looked at risks of fraud, third parties and change",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: risks::each_is_in_hand,
    page: include_str!("gov_2.md"),
};
