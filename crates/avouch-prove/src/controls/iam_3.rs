//! The control `IAM-3`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc6_1, Cc6_2};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::keys;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-3",
    name: "API key lifecycle",
    statement: "Keys are stored hashed, scoped, attributed to one consumer, expire, rotate within N days and can be revoked at once.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_1, Cc6_2],
    populations: &[Population::CredentialIssued, Population::CredentialRevoked],
    test: "key age <= N; no key unused > 90 d; revoked key refused within T seconds",
    evidence: "key register with create/rotate/revoke events",
    manual: None,
    sources: Sources {
        policies: &["identify"],
        facts: &["key"],
        probes: &[Probe {
            id: "IAM-3.revoked-refused",
            what: "a revoked key is refused within the time that was set",
            every: Frequency::Weekly,
        }],
        ..Sources::NONE
    },
    fold: keys::each_is_young,
    page: include_str!("iam_3.md"),
};
