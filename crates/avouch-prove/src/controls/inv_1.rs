//! The control `INV-1`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc2_1, Cc3_4, Cc6_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "INV-1",
    name: "Continuous API inventory",
    statement: "The set of live APIs is derived every day from four independent sources (specs, gateway routes, observed traffic, code/IaC) and reconciled.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc2_1, Cc3_4, Cc6_1],
    populations: &[Population::ScanRun, Population::Finding],
    test: "reconcile four sources; fail on any unmatched operation older than the grace period",
    evidence: "dated inventory snapshot + diff log",
    manual: None,
    sources: Sources {
        checks: &["INV-02", "INV-09"],
        probes: &[Probe {
            id: "INV-1.reconciled",
            what: "the four sources of the inventory are reconciled",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("inv_1.md"),
};
