//! The control `EDG-6`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc6_7, Cc9_2, P6_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::vendors;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "EDG-6",
    name: "Controlled outbound calls",
    statement: "Calls to third-party APIs go only to registered destinations with validated TLS and response limits.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc6_7, Cc9_2, P6_1],
    populations: &[Population::Vendor],
    test: "destination not in vendor register = fail",
    evidence: "egress inventory",
    manual: None,
    sources: Sources {
        checks: &["UC-04"],
        facts: &["vendor"],
        probes: &[Probe {
            id: "EDG-6.destinations",
            what: "each destination that is called is in the register of vendors",
            every: Frequency::Daily,
        }],
        ..Sources::NONE
    },
    fold: vendors::each_is_looked_after,
    page: include_str!("edg_6.md"),
};
