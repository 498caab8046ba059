//! The control `TST-3`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::Cc4_1;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::findings;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "TST-3",
    name: "Independent penetration test",
    statement: "A qualified third party tests the APIs at least yearly; findings are tracked to closure.",
    nature: Nature::Manual,
    frequency: Frequency::Annual,
    criteria: &[Cc4_1],
    populations: &[Population::Evidence, Population::Finding],
    test: "report age <= 12 months; each finding linked to a fix/exception",
    evidence: "report digest, retest letter",
    manual: Some("the report of a penetration test by a third party"),
    sources: Sources {
        facts: &["evidence", "finding"],
        acts: &[Act {
            what: "the report of a penetration test by a third party",
            every: Frequency::Annual,
            proof: Proof::Document,
        }],
        ..Sources::NONE
    },
    fold: findings::each_reported_one_is_followed,
    page: include_str!("tst_3.md"),
};
