//! The control `EDG-3`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc6_6, Pi1_4};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "EDG-3",
    name: "Safe output",
    statement: "Responses carry correct content type, encoding and security headers, and no stack traces.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_6, Pi1_4],
    populations: &[Population::ScanRun, Population::Finding],
    test: "reflected-payload encoding probe; header lint; forced-error probe",
    evidence: "probe results",
    manual: None,
    sources: Sources {
        checks: &[
            "HDR-01", "HDR-02", "HDR-03", "HDR-04", "CORS-01", "CORS-02", "CORS-03", "CORS-04",
            "DATA-03", "DATA-06", "DATA-07", "INJ-10", "INJ-11", "INJ-12", "CFG-01", "CFG-02",
            "CFG-03", "CFG-04", "CFG-06", "CFG-08", "GQL-01", "GQL-02", "GQL-03", "GQL-06",
            "AUTH-08", "INV-01", "LLM-10",
        ],
        policies: &["filter"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("edg_3.md"),
};
