//! The control `CHG-5`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Probe, Proof, Sources};
use crate::criteria::CriterionId::{Cc6_1, Cc8_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "CHG-5",
    name: "Environment separation",
    statement: "Test and production differ in credentials and data; production data is not used in tests without masking.",
    nature: Nature::Hybrid,
    frequency: Frequency::Weekly,
    criteria: &[Cc6_1, Cc8_1],
    populations: &[Population::ControlRun],
    test: "prod credential refused in test and the reverse; detector sweep of test stores",
    evidence: "probe and sweep results",
    manual: Some("who answers for test data confirms how it is made"),
    sources: Sources {
        probes: &[
            Probe {
                id: "CHG-5.credentials",
                what: "credentials of production are refused in test, and the reverse",
                every: Frequency::Weekly,
            },
            Probe {
                id: "CHG-5.data",
                what: "test stores hold no data of production",
                every: Frequency::Weekly,
            },
        ],
        acts: &[Act {
            what: "who answers for test data confirms how it is made",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("chg_5.md"),
};
