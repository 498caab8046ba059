//! The control `CHG-4`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc7_5, Cc8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::changes;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "CHG-4",
    name: "Emergency change control",
    statement: "Break-glass changes are logged, time-limited and reviewed afterwards.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc7_5, Cc8_1],
    populations: &[Population::Change, Population::AdministratorLogin],
    test: "review within N days of use",
    evidence: "emergency change population",
    manual: Some("each emergency change is looked at afterwards"),
    sources: Sources {
        facts: &["configuration", "administration", "decision"],
        acts: &[Act {
            what: "each emergency change is looked at afterwards",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: changes::emergencies_were_reviewed,
    page: include_str!("chg_4.md"),
};
