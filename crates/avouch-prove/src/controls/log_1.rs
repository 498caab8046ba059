//! The control `LOG-1`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc2_1, Cc7_2};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::recorded;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "LOG-1",
    name: "Complete decision logging",
    statement: "Each request yields one record: who, what object, which decision and why, data classes touched, outcome, latency.",
    nature: Nature::Auto,
    frequency: Frequency::Continuous,
    criteria: &[Cc2_1, Cc7_2],
    populations: &[Population::ControlRun],
    test: "heartbeat + synthetic transactions must appear within T seconds with all required fields",
    evidence: "field-completeness report",
    manual: None,
    sources: Sources {
        policies: &["admit", "identify", "authorize"],
        facts: &["request"],
        probes: &[Probe {
            id: "LOG-1.marked",
            what: "marked requests are found in the ledger with all their fields",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: recorded::each_request_is_whole,
    page: include_str!("log_1.md"),
};
