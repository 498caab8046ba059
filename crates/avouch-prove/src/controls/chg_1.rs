//! The control `CHG-1`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc5_2, Cc6_8, Cc8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::changes;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "CHG-1",
    name: "Reviewed change",
    statement: "Spec, policy and gateway configuration change only through a reviewed, approved change record.",
    nature: Nature::Auto,
    frequency: Frequency::PerEvent,
    criteria: &[Cc5_2, Cc6_8, Cc8_1],
    populations: &[Population::Change],
    test: "author != approver; approval precedes deploy; no direct edits",
    evidence: "change population with approvals",
    manual: None,
    sources: Sources { facts: &["configuration", "decision"], ..Sources::NONE },
    fold: changes::each_was_approved,
    page: include_str!("chg_1.md"),
};
