//! The control `PHY-0`. Its page stands beside it.

use crate::control::{Act, Control, Nature, Proof, Sources};
use crate::criteria::CriterionId::{A1_2, Cc6_4};
use crate::frequency::Frequency;
use crate::population::Population;
use crate::rules::vendors;

/// What people need to know about it.
pub static CONTROL: Control = Control {
    id: "PHY-0",
    name: "Inherited physical controls",
    statement: "Physical protection is inherited from hosting vendors whose assurance reports are reviewed.",
    nature: Nature::Manual,
    frequency: Frequency::Annual,
    criteria: &[Cc6_4, A1_2],
    populations: &[Population::Vendor, Population::Evidence],
    test: "report on file covers the period; bridge letter for gaps",
    evidence: "vendor SOC report review",
    manual: Some("somebody has read the report, and what it asks of customers"),
    sources: Sources {
        facts: &["vendor"],
        acts: &[Act {
            what: "somebody has read the report, and what it asks of customers",
            every: Frequency::Annual,
            proof: Proof::Statement,
        }],
        ..Sources::NONE
    },
    fold: vendors::reports_cover_the_period,
    page: include_str!("phy_0.md"),
};
