//! The control `IAM-8`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc3_3, Cc6_6};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::logins;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "IAM-8",
    name: "Strong administrator access",
    statement: "Console, CLI and policy changes need SSO + MFA; privileged sessions are recorded.",
    nature: Nature::Auto,
    frequency: Frequency::Continuous,
    criteria: &[Cc3_3, Cc6_6],
    populations: &[Population::AdministratorLogin],
    test: "no admin session without MFA claim; break-glass use has a ticket",
    evidence: "admin login population",
    manual: None,
    sources: Sources { facts: &["authentication", "administration"], ..Sources::NONE },
    fold: logins::each_showed_a_second_factor,
    page: include_str!("iam_8.md"),
};
