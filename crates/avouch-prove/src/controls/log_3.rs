//! The control `LOG-3`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::P4_2;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::{ledgers, policies};

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "LOG-3",
    name: "Retention of logs",
    statement: "Log segments are kept for the policy period, stay readable, and expire by policy.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[P4_2],
    populations: &[Population::LedgerCare],
    test: "random historic segment restored and verified",
    evidence: "retention report, restore result",
    manual: None,
    sources: Sources { facts: &["ledger", "policy"], ..Sources::NONE },
    fold: |scope| ledgers::restored(scope).and(policies::in_force(scope, "logging-and-retention")),
    page: include_str!("log_3.md"),
};
