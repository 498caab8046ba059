//! The control `PRV-4`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc7_3, P6_3, P6_6};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::disclosures;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PRV-4",
    name: "Unauthorised disclosure record",
    statement: "Detected or reported unauthorised disclosures are recorded completely, with affected subjects derived from the log.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc7_3, P6_3, P6_6],
    populations: &[Population::Disclosure, Population::Incident],
    test: "affected-subject query reproducible from ledger",
    evidence: "incident privacy annex",
    manual: Some("who answers for privacy judges whether it is a breach"),
    sources: Sources {
        facts: &["disclosure", "incident"],
        acts: &[Act {
            what: "who answers for privacy judges whether it is a breach",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: disclosures::each_unauthorised_one_is_an_incident,
    page: include_str!("prv_4.md"),
};
