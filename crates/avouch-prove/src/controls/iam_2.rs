//! The control `IAM-2`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::Cc6_1;
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-2",
    name: "Token validation",
    statement: "OAuth2/OIDC tokens are checked for signature, algorithm, issuer, audience, expiry, not-before, scope and (where set) sender constraint.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_1],
    populations: &[Population::ScanRun, Population::Finding],
    test: "alg=none, key confusion, wrong aud/iss, expired, future nbf, missing scope, replayed DPoP/mTLS-bound token",
    evidence: "replay transcript; decision log with reason codes",
    manual: None,
    sources: Sources {
        checks: &[
            "JWT-01", "JWT-02", "JWT-03", "JWT-04", "JWT-05", "JWT-06", "JWT-07", "JWT-08",
            "JWT-09", "JWT-10", "JWT-11", "JWT-12", "AUTH-07", "AUTH-11", "AUTH-12", "AUTH-13",
            "AUTH-14", "UC-01", "UC-03",
        ],
        policies: &["identify"],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("iam_2.md"),
};
