//! The control `DAT-4`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc6_7, P4_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "DAT-4",
    name: "Data minimisation in responses and logs",
    statement: "Responses carry only fields allowed for the caller; secrets and high-risk personal data never reach logs.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_7, P4_1],
    populations: &[Population::ScanRun, Population::Finding],
    test: "excessive-field probe per role; detector sweep over stored log segments",
    evidence: "probe results; sweep report with zero/nonzero hits",
    manual: None,
    sources: Sources {
        checks: &[
            "PROP-01", "PROP-02", "PROP-03", "PROP-04", "PROP-05", "DATA-01", "DATA-02", "DATA-04",
            "DATA-05", "DATA-08", "DATA-09", "DATA-10", "UC-05",
        ],
        policies: &["filter"],
        probes: &[Probe {
            id: "DAT-4.log-sweep",
            what: "stored logs hold no secrets and no personal data of high risk",
            every: Frequency::Weekly,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("dat_4.md"),
};
