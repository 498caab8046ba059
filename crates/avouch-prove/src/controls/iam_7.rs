//! The control `IAM-7`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::Cc6_3;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::reviews;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-7",
    name: "Periodic access review",
    statement: "Owners review consumers, keys, roles and console users each quarter and act on the result.",
    nature: Nature::Hybrid,
    frequency: Frequency::Quarterly,
    criteria: &[Cc6_3],
    populations: &[Population::AccessReview, Population::CredentialRevoked],
    test: "review covers 100% of grants; revoke decisions executed within SLA",
    evidence: "review record with before/after snapshots",
    manual: Some("the owners of systems without facts in the ledger review their users"),
    sources: Sources {
        facts: &["decision", "key"],
        acts: &[Act {
            what: "the owners of systems without facts in the ledger review their users",
            every: Frequency::Quarterly,
            proof: Proof::Document,
        }],
        ..Sources::NONE
    },
    fold: reviews::cover_every_grant,
    page: include_str!("iam_7.md"),
};
