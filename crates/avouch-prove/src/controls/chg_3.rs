//! The control `CHG-3`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc5_3, Cc6_8, Cc7_1, Cc8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::changes;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "CHG-3",
    name: "Running state equals approved state",
    statement: "The configuration in force matches the approved commit.",
    nature: Nature::Auto,
    frequency: Frequency::Continuous,
    criteria: &[Cc5_3, Cc6_8, Cc7_1, Cc8_1],
    populations: &[Population::Change],
    test: "hash of running bundle = hash of approved bundle; drift raises an alert",
    evidence: "bundle hash log",
    manual: None,
    sources: Sources { facts: &["configuration"], ..Sources::NONE },
    fold: changes::nothing_drifted,
    page: include_str!("chg_3.md"),
};
