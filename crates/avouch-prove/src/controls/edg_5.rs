//! The control `EDG-5`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc6_6, Cc6_8};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "EDG-5",
    name: "Attack payload refusal",
    statement: "Injection, SSRF, path traversal, deserialization and known-bad payloads are refused and logged.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_6, Cc6_8],
    populations: &[Population::ScanRun, Population::Finding],
    test: "payload corpus per class; canary callback never fires",
    evidence: "replay transcript",
    manual: None,
    sources: Sources {
        checks: &[
            "INJ-01", "INJ-02", "INJ-03", "INJ-04", "INJ-05", "INJ-06", "INJ-07", "INJ-08",
            "INJ-09", "INJ-14", "INJ-15", "INJ-16", "INJ-21", "SSRF-01", "SSRF-02", "SSRF-03",
            "SSRF-06", "CFG-05", "LLM-02", "LLM-03", "LLM-04", "LLM-09",
        ],
        policies: &["admit", "validate"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("edg_5.md"),
};
