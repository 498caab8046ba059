//! The control `IR-4`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc2_3, Cc7_4, P6_6};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::incidents;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IR-4",
    name: "Notification clocks",
    statement: "Applicable notice duties are identified, clocks tracked from the right trigger, notices approved and sent in time.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc2_3, Cc7_4, P6_6],
    populations: &[Population::Incident],
    test: "each incident has a notice decision; sent_at <= due_at",
    evidence: "notice decision record, sent notice digest",
    manual: Some("counsel decides whom to tell"),
    sources: Sources {
        facts: &["incident"],
        acts: &[Act {
            what: "counsel decides whom to tell",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: incidents::each_notice_was_in_time,
    page: include_str!("ir_4.md"),
};
