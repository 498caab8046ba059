//! The control `GOV-1`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc1_1, Cc2_2, Cc5_3};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::policies;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-1",
    name: "Policy set",
    statement: "Policies that govern APIs are approved, versioned, reviewed yearly and acknowledged.",
    nature: Nature::Hybrid,
    frequency: Frequency::Annual,
    criteria: &[Cc1_1, Cc2_2, Cc5_3],
    populations: &[Population::PolicyVersion, Population::Acknowledgement],
    test: "policy age; acknowledgement coverage",
    evidence: "policy versions + signatures",
    manual: Some("somebody approves each version of a policy"),
    sources: Sources {
        facts: &["policy", "person"],
        acts: &[Act {
            what: "somebody approves each version of a policy",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: policies::every_policy_is_in_order,
    page: include_str!("gov_1.md"),
};
