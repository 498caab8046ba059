//! The control `INV-2`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{Cc1_3, Cc3_1, Pi1_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "INV-2",
    name: "Owned and described APIs",
    statement: "Each API has an owner, business purpose, data class, auth method, authorization model, exposure and lifecycle state.",
    nature: Nature::Hybrid,
    frequency: Frequency::Daily,
    criteria: &[Cc1_3, Cc3_1, Pi1_1],
    populations: &[Population::Person, Population::Evidence],
    test: "required-field lint; owner still active; attestation age <= 92 d",
    evidence: "inventory export with attestation signatures",
    manual: Some("the owners confirm what the inventory says of their APIs"),
    sources: Sources {
        probes: &[Probe {
            id: "INV-2.fields",
            what: "required fields of the inventory are filled in and each owner is active",
            every: Frequency::Daily,
        }],
        acts: &[Act {
            what: "the owners confirm what the inventory says of their APIs",
            every: Frequency::Quarterly,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("inv_2.md"),
};
