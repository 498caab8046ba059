//! The control `INV-3`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc3_2, Cc3_4, Cc7_1, P3_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::findings;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "INV-3",
    name: "Shadow/zombie/orphan resolution",
    statement: "Undeclared, deprecated-but-live and ownerless operations raise a finding and are resolved inside the SLA.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc3_2, Cc3_4, Cc7_1, P3_1],
    populations: &[Population::Finding, Population::ScanRun],
    test: "age of open drift findings against SLA; deprecated route returns 410/blocked after sunset",
    evidence: "finding register with open/close times",
    manual: None,
    sources: Sources {
        checks: &["INV-03", "INV-04", "INV-05"],
        facts: &["finding", "scan"],
        ..Sources::NONE
    },
    fold: findings::each_drift_was_resolved,
    page: include_str!("inv_3.md"),
};
