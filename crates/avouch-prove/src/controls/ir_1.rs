//! The control `IR-1`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc7_4, Cc9_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::policies;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IR-1",
    name: "Approved response plan",
    statement: "An API incident plan with roles, severities, playbooks and contacts is approved yearly and known to staff.",
    nature: Nature::Manual,
    frequency: Frequency::Annual,
    criteria: &[Cc7_4, Cc9_1],
    populations: &[Population::PolicyVersion, Population::Acknowledgement],
    test: "plan age <= 12 months; on-call roster non-empty; contact test",
    evidence: "plan version, approval, acknowledgement list",
    manual: Some("the contacts of the plan were tried"),
    sources: Sources {
        facts: &["policy", "person"],
        acts: &[Act {
            what: "the contacts of the plan were tried",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: |scope| policies::in_force(scope, "incident-response"),
    page: include_str!("ir_1.md"),
};
