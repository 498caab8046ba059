//! The control `TST-1`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc4_1, Cc7_1, Cc8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "TST-1",
    name: "Security gate in CI",
    statement: "Each API change is scanned; failing gates block merge unless a dated exception exists.",
    nature: Nature::Auto,
    frequency: Frequency::PerEvent,
    criteria: &[Cc4_1, Cc7_1, Cc8_1],
    populations: &[Population::Change, Population::Exception],
    test: "every merge links to a gate run at the same commit; failing runs have an exception",
    evidence: "CI attestation per commit",
    manual: None,
    sources: Sources {
        probes: &[Probe {
            id: "TST-1.gate",
            what: "each merged change passed the gate at the same commit, or has a dated exception",
            every: Frequency::Weekly,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("tst_1.md"),
};
