//! The control `PRV-1`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{P1_1, P2_1, P3_1, P3_2, P4_1, P6_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PRV-1",
    name: "Notice and consent enforced",
    statement: "Processing of personal data by an operation is tied to a declared purpose and, where needed, a consent signal.",
    nature: Nature::Hybrid,
    frequency: Frequency::Continuous,
    criteria: &[P1_1, P2_1, P3_1, P3_2, P4_1, P6_1],
    populations: &[Population::PolicyVersion],
    test: "call without consent claim is refused; purpose declared for each operation with personal data",
    evidence: "decision log; notice version",
    manual: Some("counsel confirms notice, purposes and grounds"),
    sources: Sources {
        policies: &["authorize"],
        probes: &[
            Probe {
                id: "PRV-1.consent-refused",
                what: "calls without the required consent are refused",
                every: Frequency::Weekly,
            },
            Probe {
                id: "PRV-1.purpose-declared",
                what: "each operation with personal data declares its purpose",
                every: Frequency::Weekly,
            },
        ],
        acts: &[Act {
            what: "counsel confirms notice, purposes and grounds",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("prv_1.md"),
};
