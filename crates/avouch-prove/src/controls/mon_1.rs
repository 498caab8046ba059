//! The control `MON-1`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc3_3, Cc6_7, Cc7_2};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "MON-1",
    name: "Tested detections",
    statement: "Detection rules for API abuse are versioned, unit-tested and proven by live drills.",
    nature: Nature::Auto,
    frequency: Frequency::Monthly,
    criteria: &[Cc3_3, Cc6_7, Cc7_2],
    populations: &[Population::Alert, Population::ControlRun],
    test: "replay attack corpus -> expected alert fires; quiet corpus -> none",
    evidence: "rule version, drill result, time-to-detect",
    manual: None,
    sources: Sources {
        probes: &[Probe {
            id: "MON-1.drill",
            what: "each rule fires on its attack and stays quiet on harmless traffic",
            every: Frequency::Monthly,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("mon_1.md"),
};
