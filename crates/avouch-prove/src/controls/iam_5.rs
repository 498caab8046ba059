//! The control `IAM-5`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{C1_1, Cc6_1, Cc6_3, Pi1_4};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-5",
    name: "Object-level authorization",
    statement: "A caller can reach only objects it is entitled to.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_1, Cc6_3, C1_1, Pi1_4],
    populations: &[Population::ScanRun, Population::Finding],
    test: "cross-tenant/cross-user id swap must be refused; list endpoints leak nothing",
    evidence: "BOLA replay matrix (roles x objects)",
    manual: None,
    sources: Sources {
        checks: &[
            "BOLA-01", "BOLA-02", "BOLA-03", "BOLA-04", "BOLA-05", "BOLA-06", "BOLA-07", "BOLA-08",
            "BOLA-09", "BOLA-10", "BOLA-11", "BOLA-12", "BOLA-13", "BOLA-14", "BOLA-15", "BOLA-17",
            "GQL-07", "GQL-08", "LLM-05", "LLM-06",
        ],
        policies: &["own", "authorize"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("iam_5.md"),
};
