//! The control `INV-4`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{Cc2_1, Pi1_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "INV-4",
    name: "Architecture and data-flow record",
    statement: "Data-flow diagrams and auth/authz descriptions are generated from inventory + traffic and approved by a person.",
    nature: Nature::Hybrid,
    frequency: Frequency::Quarterly,
    criteria: &[Cc2_1, Pi1_1],
    populations: &[Population::Evidence],
    test: "diagram regenerated from data equals approved version (hash)",
    evidence: "DFD source + SVG + approval record",
    manual: Some("the approved diagram of data flows and description of authorization"),
    sources: Sources {
        probes: &[Probe {
            id: "INV-4.regenerated",
            what: "the diagram made from data equals the approved one",
            every: Frequency::Weekly,
        }],
        acts: &[Act {
            what: "the approved diagram of data flows and description of authorization",
            every: Frequency::Quarterly,
            proof: Proof::Document,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("inv_4.md"),
};
