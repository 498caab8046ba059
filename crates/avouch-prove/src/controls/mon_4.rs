//! The control `MON-4`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc4_1, Cc4_2, P8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::posture;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "MON-4",
    name: "Control posture over time",
    statement: "Every control has a dated pass/fail/not-run history and feeds a score whose formula is published.",
    nature: Nature::Auto,
    frequency: Frequency::Continuous,
    criteria: &[Cc4_1, Cc4_2, P8_1],
    populations: &[Population::ControlRun],
    test: "recompute score from raw results; missing runs counted as not-run",
    evidence: "control-run history, score series",
    manual: None,
    sources: Sources { facts: &["control-run"], ..Sources::NONE },
    fold: posture::every_control_is_run,
    page: include_str!("mon_4.md"),
};
