//! The control `EDG-1`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc5_2, Cc6_1, Cc6_6};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::ledgers;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "EDG-1",
    name: "Single enforced path",
    statement: "All API traffic passes the gateway; direct origin access fails.",
    nature: Nature::Auto,
    frequency: Frequency::Hourly,
    criteria: &[Cc5_2, Cc6_1, Cc6_6],
    populations: &[Population::LedgerCare],
    test: "direct-to-origin probe; upstream log count equals gateway count",
    evidence: "probe result; reconciliation report",
    manual: None,
    sources: Sources {
        facts: &["ledger"],
        probes: &[Probe {
            id: "EDG-1.direct-origin",
            what: "the origin refuses requests that do not come through the gateway",
            every: Frequency::Hourly,
        }],
        ..Sources::NONE
    },
    fold: ledgers::reconciled,
    page: include_str!("edg_1.md"),
};
