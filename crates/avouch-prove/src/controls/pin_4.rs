//! The control `PIN-4`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{P7_1, Pi1_1, Pi1_4};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PIN-4",
    name: "Output conformance",
    statement: "Responses match the published schema and reach only the entitled party on time.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Pi1_1, Pi1_4, P7_1],
    populations: &[Population::ScanRun, Population::Finding],
    test: "response validation; schema drift alert",
    evidence: "conformance report",
    manual: None,
    sources: Sources { checks: &["INV-06"], policies: &["validate", "filter"], ..Sources::NONE },
    fold: nothing_else,
    page: include_str!("pin_4.md"),
};
