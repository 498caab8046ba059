//! The control `MON-2`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc1_5, Cc7_3};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::incidents;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "MON-2",
    name: "Alert triage",
    statement: "Each alert is triaged, dispositioned with a reason, and escalated within SLA.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc1_5, Cc7_3],
    populations: &[Population::Alert],
    test: "time to acknowledge/disposition versus SLA; no silent expiry",
    evidence: "alert population with dispositions",
    manual: Some("an analyst judges each alert"),
    sources: Sources {
        facts: &["incident"],
        acts: &[Act {
            what: "an analyst judges each alert",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: incidents::each_alert_was_judged,
    page: include_str!("mon_2.md"),
};
