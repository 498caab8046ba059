//! The control `LOG-5`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::Cc7_2;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "LOG-5",
    name: "Trusted time",
    statement: "Clocks are synchronised and checkpoints carry independent time stamps.",
    nature: Nature::Auto,
    frequency: Frequency::Hourly,
    criteria: &[Cc7_2],
    populations: &[Population::ControlRun],
    test: "offset <= limit; RFC 3161/witness time within limit",
    evidence: "clock report",
    manual: None,
    sources: Sources {
        probes: &[Probe {
            id: "LOG-5.clock-offset",
            what: "the clocks of all machines are within the limit",
            every: Frequency::Hourly,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("log_5.md"),
};
