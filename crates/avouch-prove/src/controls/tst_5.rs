//! The control `TST-5`. Its page stands beside it.

use crate::control::{Control, Nature, Probe, Sources};
use crate::criteria::CriterionId::{Cc5_2, Cc6_8, Cc7_1};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::nothing_else;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "TST-5",
    name: "Component and image hygiene",
    statement: "Gateway and API builds have SBOMs, verified provenance and no unaccepted known-exploited flaws.",
    nature: Nature::Auto,
    frequency: Frequency::Daily,
    criteria: &[Cc5_2, Cc6_8, Cc7_1],
    populations: &[Population::Deploy, Population::ControlRun],
    test: "signature verification; SBOM rescan; known-exploited match",
    evidence: "SBOM, provenance, scan result",
    manual: None,
    sources: Sources {
        probes: &[
            Probe {
                id: "TST-5.provenance",
                what: "released artifacts have valid signatures and lists of components",
                every: Frequency::Weekly,
            },
            Probe {
                id: "TST-5.known-exploited",
                what: "no released artifact has a flaw that is known to be exploited",
                every: Frequency::Daily,
            },
        ],
        ..Sources::NONE
    },
    fold: nothing_else,
    page: include_str!("tst_5.md"),
};
