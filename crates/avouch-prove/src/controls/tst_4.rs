//! The control `TST-4`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::Cc4_2;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::findings;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "TST-4",
    name: "Vulnerability remediation SLA",
    statement: "Findings are fixed inside the time allowed for their severity or formally accepted.",
    nature: Nature::Hybrid,
    frequency: Frequency::Continuous,
    criteria: &[Cc4_2],
    populations: &[Population::Finding],
    test: "age by severity versus SLA; retest proves closure",
    evidence: "finding population with retest evidence",
    manual: Some("somebody answers for what is left open"),
    sources: Sources {
        facts: &["finding", "scan"],
        acts: &[Act {
            what: "somebody answers for what is left open",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: findings::each_was_mended_in_time,
    page: include_str!("tst_4.md"),
};
