//! The ground truth: what is wrong with the shop, what is right, and what only looks wrong.

use crate::weakness::Weakness;
use serde::{Deserialize, Serialize};

const TRUTH: &str = include_str!("truth.toml");

/// How sure a scanner can be, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Proven by data that could not be had otherwise.
    Confirmed,
    /// Shown by a difference that holds twice.
    Firm,
    /// Only indicated.
    Tentative,
}

/// The safety tier in which a scanner can find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    /// Without a request of its own.
    P,
    /// By reading.
    R,
    /// By writing on its own objects, or by payloads.
    A,
}

/// What is expected of a scanner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expectation {
    /// Not reporting it is a miss.
    #[default]
    Must,
    /// True as well, but a consequence of another entry: neither a miss nor a false finding.
    May,
}

/// One weakness, as one check reports it on one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The check of the catalogue, for example `BOLA-01`.
    pub check: String,
    /// `METHOD /template`; absent when the whole target is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The switch that must be on.
    pub weakness: String,
    /// The parameter or field at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The most a scanner can claim.
    pub confidence: Confidence,
    /// The severity at that confidence.
    pub severity: String,
    /// The tier that finds it.
    pub tier: Tier,
    /// Whether it has to be found.
    #[serde(default)]
    pub expect: Expectation,
    /// What the mistake is.
    pub why: String,
}

/// A hardened operation that looks like a vulnerable one. Nothing above Info is true of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twin {
    /// `METHOD /template`.
    pub operation: String,
    /// The vulnerable operation it resembles.
    pub of: String,
    /// What it does right.
    pub why: String,
}

/// A well-made operation that looks like a mistake. Nothing above Info is true of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoy {
    /// `METHOD /template`.
    pub operation: String,
    /// The checks that careless scanners report here.
    pub tempts: Vec<String>,
    /// Why it is no mistake.
    pub why: String,
}

/// An operation that a scanner must never call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trap {
    /// `METHOD /template`.
    pub operation: String,
    /// What a call destroys.
    pub why: String,
}

/// Everything that is known of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// The weaknesses.
    #[serde(rename = "entry")]
    pub entries: Vec<Entry>,
    /// The hardened operations.
    #[serde(rename = "twin")]
    pub twins: Vec<Twin>,
    /// The operations that look wrong.
    #[serde(rename = "decoy")]
    pub decoys: Vec<Decoy>,
    /// The operations that destroy.
    #[serde(rename = "trap")]
    pub traps: Vec<Trap>,
}

/// Why the ground truth cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// It is not the TOML it should be.
    #[error("the ground truth is malformed")]
    Malformed(#[from] toml::de::Error),
    /// It names a switch that is none.
    #[error("the ground truth names an unknown switch")]
    Unknown(#[from] crate::weakness::UnknownWeakness),
}

/// The ground truth of the shop.
///
/// Errors: the table inside this program is malformed, which a test rules out.
pub fn truth() -> Result<Truth, TruthError> {
    let truth: Truth = toml::from_str(TRUTH)?;
    for entry in &truth.entries {
        entry.weakness.parse::<Weakness>()?;
    }
    Ok(truth)
}
