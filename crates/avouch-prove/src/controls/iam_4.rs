//! The control `IAM-4`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::Cc6_2;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::keys;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-4",
    name: "Approved onboarding of consumers",
    statement: "A credential is issued only after a recorded request, scope decision and approver different from the requester.",
    nature: Nature::Hybrid,
    frequency: Frequency::PerEvent,
    criteria: &[Cc6_2],
    populations: &[Population::CredentialIssued],
    test: "each issuance event links to an approved request dated before it; approver != requester",
    evidence: "issuance population with linked approvals",
    manual: Some("an approver decides about each request"),
    sources: Sources {
        facts: &["key", "decision"],
        acts: &[Act {
            what: "an approver decides about each request",
            every: Frequency::PerEvent,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: keys::each_issue_was_approved,
    page: include_str!("iam_4.md"),
};
