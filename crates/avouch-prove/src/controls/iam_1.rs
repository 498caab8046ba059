//! The control `IAM-1`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc6_1, Cc6_6};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-1",
    name: "Authentication on every non-public operation",
    statement: "Every operation not on an approved public list rejects calls without a valid credential.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_1, Cc6_6],
    populations: &[Population::ScanRun, Population::Finding],
    test: "strip/blank/garbage credential per operation must give 401/403",
    evidence: "attack-replay transcript",
    manual: None,
    sources: Sources {
        checks: &[
            "AUTH-01", "AUTH-02", "AUTH-03", "AUTH-04", "AUTH-05", "AUTH-06", "GQL-10", "LLM-01",
            "LLM-11", "INV-07",
        ],
        policies: &["identify", "route"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("iam_1.md"),
};
