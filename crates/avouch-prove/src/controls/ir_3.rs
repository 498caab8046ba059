//! The control `IR-3`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::Cc7_4;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::incidents;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IR-3",
    name: "Containment",
    statement: "Keys/tokens can be revoked, consumers blocked, routes quarantined within minutes and the action is logged.",
    nature: Nature::Auto,
    frequency: Frequency::Quarterly,
    criteria: &[Cc7_4],
    populations: &[Population::Incident, Population::CredentialRevoked],
    test: "drill: revoke -> refused in T seconds",
    evidence: "action log, drill timing",
    manual: None,
    sources: Sources {
        policies: &["contain"],
        facts: &["incident"],
        probes: &[Probe {
            id: "IR-3.revoke-drill",
            what: "a revoked credential and a blocked caller are refused within the time that was set",
            every: Frequency::Quarterly,
        }],
        ..Sources::NONE
    },
    fold: incidents::each_was_contained,
    page: include_str!("ir_3.md"),
};
