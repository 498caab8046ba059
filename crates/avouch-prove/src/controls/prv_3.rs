//! The control `PRV-3`. Its page stands beside it.

use crate::control::{Control, Nature, Sources};
use crate::criteria::CriterionId::{Cc6_7, Cc9_2, P5_2, P6_1, P6_2, P6_7};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::disclosures;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PRV-3",
    name: "Disclosure ledger",
    statement: "Each disclosure of personal data to a third party is recorded with recipient, purpose, class and basis.",
    nature: Nature::Auto,
    frequency: Frequency::Continuous,
    criteria: &[Cc6_7, Cc9_2, P5_2, P6_1, P6_2, P6_7],
    populations: &[Population::Disclosure, Population::Vendor],
    test: "egress with personal data and no recipient in register = fail",
    evidence: "disclosure ledger with proofs",
    manual: None,
    sources: Sources { facts: &["disclosure", "vendor"], ..Sources::NONE },
    fold: disclosures::each_is_registered,
    page: include_str!("prv_3.md"),
};
