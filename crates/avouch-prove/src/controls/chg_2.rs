//! The control `CHG-2`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc2_2, Cc3_4, Cc7_1, Cc8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "CHG-2",
    name: "Contract compatibility",
    statement: "Breaking or security-weakening contract changes are detected before release.",
    nature: Nature::Auto,
    frequency: Frequency::Weekly,
    criteria: &[Cc2_2, Cc3_4, Cc7_1, Cc8_1],
    populations: &[Population::Change, Population::ControlRun],
    test: "diff classifier: removed auth, widened scope, new sensitive field, removed limit",
    evidence: "diff report",
    manual: None,
    sources: Sources {
        checks: &["INV-09"],
        probes: &[Probe {
            id: "CHG-2.contract-diff",
            what: "changes of descriptions are classified before they go out",
            every: Frequency::Weekly,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("chg_2.md"),
};
