//! The control `EDG-4`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{A1_1, Cc6_6};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "EDG-4",
    name: "Quotas and rate limits",
    statement: "Per-consumer and per-operation limits exist and are enforced.",
    nature: Nature::Auto,
    frequency: Frequency::Weekly,
    criteria: &[Cc6_6, A1_1],
    populations: &[Population::ScanRun, Population::Finding],
    test: "burst probe must meet 429 at the declared limit",
    evidence: "probe result; 429 counts",
    manual: None,
    sources: Sources {
        checks: &["RATE-01", "RATE-02", "RATE-03", "RATE-05", "AUTH-09", "AUTH-10"],
        policies: &["limit"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("edg_4.md"),
};
