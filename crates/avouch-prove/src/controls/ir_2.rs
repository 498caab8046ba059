//! The control `IR-2`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc7_3, Cc7_4, P6_3, P6_5};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::incidents;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IR-2",
    name: "Incident record",
    statement: "Each incident has severity, timeline, affected APIs/consumers/data classes, decisions and evidence with custody.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc7_3, Cc7_4, P6_3, P6_5],
    populations: &[Population::Incident],
    test: "required-field check; timeline events resolve to ledger entries",
    evidence: "incident file with ledger references",
    manual: Some("somebody answers for the record, or for there having been none"),
    sources: Sources {
        facts: &["incident"],
        acts: &[Act {
            what: "somebody answers for the record, or for there having been none",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: incidents::each_record_is_complete,
    page: include_str!("ir_2.md"),
};
