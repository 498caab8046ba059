//! The control `GOV-5`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{Cc1_3, Cc1_5, Cc5_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::posture;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-5",
    name: "Roles and accountability",
    statement: "Responsibility for each API and control is assigned and current.",
    nature: Nature::Hybrid,
    frequency: Frequency::Quarterly,
    criteria: &[Cc1_3, Cc1_5, Cc5_1],
    populations: &[Population::Person, Population::Evidence],
    test: "owner active; no control without owner",
    evidence: "RACI export",
    manual: Some("owners confirm what they answer for"),
    sources: Sources {
        probes: &[Probe {
            id: "GOV-5.owners-active",
            what: "each owner is still on the list of people",
            every: Frequency::Weekly,
        }],
        acts: &[Act {
            what: "owners confirm what they answer for",
            every: Frequency::Quarterly,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: posture::every_control_has_an_owner,
    page: include_str!("gov_5.md"),
};
