//! The control `IAM-9`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc6_2, Cc6_3};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::keys;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-9",
    name: "Timely removal of access",
    statement: "Leavers and ended integrations lose access inside the SLA.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc6_2, Cc6_3],
    populations: &[Population::Person, Population::CredentialRevoked],
    test: "last successful call after end date = fail; revoke time minus end time <= SLA",
    evidence: "offboarding population joined to last-use from ledger",
    manual: Some("the list of people is brought up to date from the system of record"),
    sources: Sources {
        facts: &["person", "key", "request"],
        acts: &[Act {
            what: "the list of people is brought up to date from the system of record",
            every: Frequency::Monthly,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: keys::gone_with_who_left,
    page: include_str!("iam_9.md"),
};
