//! The control `GOV-4`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{Cc2_3, Cc3_2, Cc3_4, Cc9_2, P6_4, P6_5};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::vendors;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "GOV-4",
    name: "Third-party API and vendor management",
    statement: "External APIs and processors are registered, risk-rated, contracted and reviewed.",
    nature: Nature::Hybrid,
    frequency: Frequency::Annual,
    criteria: &[Cc2_3, Cc3_2, Cc3_4, Cc9_2, P6_4, P6_5],
    populations: &[Population::Vendor],
    test: "egress inventory subset of vendor register; review age",
    evidence: "vendor register, review notes, SOC reports",
    manual: Some("who answers for vendors confirms that the register is complete"),
    sources: Sources {
        facts: &["vendor"],
        acts: &[Act {
            what: "who answers for vendors confirms that the register is complete",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: vendors::each_is_looked_after,
    page: include_str!("gov_4.md"),
};
