//! The control `GOV-8`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{Cc2_3, P1_1, P8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-8",
    name: "External communication",
    statement: "Commitments, API docs, change notices, status and a disclosure channel are published and current.",
    nature: Nature::Hybrid,
    frequency: Frequency::Quarterly,
    criteria: &[Cc2_3, P1_1, P8_1],
    populations: &[Population::Evidence],
    test: "docs match live spec; security.txt valid; inbound reports answered in SLA",
    evidence: "publication log, report register",
    manual: Some("who answers for it confirms commitments, notices and reports that came in"),
    sources: Sources {
        checks: &["INV-06"],
        probes: &[Probe {
            id: "GOV-8.published",
            what: "published documents, status page and contact file are there and valid",
            every: Frequency::Weekly,
        }],
        acts: &[Act {
            what: "who answers for it confirms commitments, notices and reports that came in",
            every: Frequency::Quarterly,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("gov_8.md"),
};
