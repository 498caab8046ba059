//! The control `DAT-3`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{C1_1, Cc5_2, Cc6_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "DAT-3",
    name: "Protection at rest",
    statement: "Ledger, evidence store, keys and secrets are encrypted; keys rotate on schedule; access to keys is logged.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc5_2, Cc6_1, C1_1],
    populations: &[Population::CredentialIssued],
    test: "read raw bytes and look for planted canary plaintext; key age check",
    evidence: "key inventory, rotation events, canary test result",
    manual: None,
    sources: Sources {
        probes: &[
            Probe {
                id: "DAT-3.canary",
                what: "a planted text is not found in the raw bytes of stores",
                every: Frequency::Daily,
            },
            Probe {
                id: "DAT-3.key-age",
                what: "keys that seal are younger than the schedule says",
                every: Frequency::Daily,
            },
        ],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("dat_3.md"),
};
