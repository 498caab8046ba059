//! The control `EDG-2`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc6_6, P7_1, Pi1_2};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "EDG-2",
    name: "Positive input validation",
    statement: "Requests that break the schema, size, type or content-type limits are refused before the upstream.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_6, Pi1_2, P7_1],
    populations: &[Population::ScanRun, Population::Finding],
    test: "schema-violation, type confusion, oversize, unknown field, mass-assignment, parser-differential payloads",
    evidence: "replay transcript; validation-refusal counts",
    manual: None,
    sources: Sources {
        checks: &["INJ-18", "FLOW-03", "INV-08", "RATE-04", "GQL-04", "GQL-05"],
        policies: &["admit", "validate"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("edg_2.md"),
};
