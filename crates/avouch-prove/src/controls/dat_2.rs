//! The control `DAT-2`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc6_1, Cc6_6, Cc6_7};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "DAT-2",
    name: "Transport protection",
    statement: "Only TLS 1.2+ with approved suites; HSTS; certificates renewed before expiry; mTLS where declared.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_1, Cc6_6, Cc6_7],
    populations: &[Population::ScanRun, Population::Finding, Population::CredentialIssued],
    test: "protocol/cipher probe, downgrade attempt, chain + expiry check, plain-HTTP request refused",
    evidence: "probe results, certificate inventory",
    manual: None,
    sources: Sources {
        checks: &["TLS-01", "TLS-02", "TLS-03", "TLS-04", "TLS-05", "TLS-06", "TLS-07"],
        probes: &[Probe {
            id: "DAT-2.listeners",
            what: "each listener speaks only what is approved and its certificate is not about to end",
            every: Frequency::Hourly,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("dat_2.md"),
};
