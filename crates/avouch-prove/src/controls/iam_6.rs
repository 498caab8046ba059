//! The control `IAM-6`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc3_3, Cc5_2, Cc6_1, Cc6_3, P4_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-6",
    name: "Function-level authorization and least privilege",
    statement: "Roles/attributes map to operations; admin functions refused to others; conflicting duties not held together.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc3_3, Cc5_2, Cc6_1, Cc6_3, P4_1],
    populations: &[Population::ScanRun, Population::Finding, Population::Change],
    test: "role x operation matrix versus declared policy; SoD rule check",
    evidence: "policy bundle hash, matrix result",
    manual: None,
    sources: Sources {
        checks: &[
            "BFLA-01", "BFLA-02", "BFLA-03", "BFLA-04", "BFLA-05", "BFLA-06", "BFLA-07", "BFLA-08",
            "BFLA-09", "BFLA-10", "BFLA-11", "PROP-06", "PROP-07", "PROP-08", "PROP-09",
        ],
        policies: &["authorize"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("iam_6.md"),
};
