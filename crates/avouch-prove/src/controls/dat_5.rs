//! The control `DAT-5`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{C1_1, C1_2, Cc6_5, P4_2, P4_3};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::policies;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "DAT-5",
    name: "Retention and disposal",
    statement: "Each data class has a retention period; disposal is executed, logged and respects legal holds.",
    nature: Nature::Hybrid,
    frequency: Frequency::Daily,
    criteria: &[Cc6_5, C1_1, C1_2, P4_2, P4_3],
    populations: &[Population::LedgerCare, Population::PolicyVersion],
    test: "object past retention still present -> fail; hold respected; crypto-shred makes payload unreadable while digest remains",
    evidence: "disposal log, key-destruction record, retention policy",
    manual: Some("the retention schedule and the holds are approved"),
    sources: Sources {
        facts: &["policy"],
        probes: &[Probe {
            id: "DAT-5.disposal",
            what: "no object past its retention is left and holds are respected",
            every: Frequency::Daily,
        }],
        acts: &[Act {
            what: "the retention schedule and the holds are approved",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: |scope| policies::in_force(scope, "logging-and-retention"),
    page: include_str!("dat_5.md"),
};
