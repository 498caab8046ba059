//! The ground truth: what is wrong with an API, what is right, and what only looks wrong.

use crate::api::Api;
use serde::{Deserialize, Serialize};

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
    /// By load, lockout or money.
    D,
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
    /// The scenes that show it; empty means every scene in which its switch is on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenes: Vec<String>,
    /// The trouble under which the mistake is not made: an API that answers 429 has a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mended_by: Option<String>,
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

/// Everything that is known of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// The weaknesses.
    #[serde(rename = "entry")]
    pub entries: Vec<Entry>,
    /// The hardened operations.
    #[serde(rename = "twin", default)]
    pub twins: Vec<Twin>,
    /// The operations that look wrong.
    #[serde(rename = "decoy", default)]
    pub decoys: Vec<Decoy>,
    /// The operations that destroy.
    #[serde(rename = "trap", default)]
    pub traps: Vec<Trap>,
}

/// Why the ground truth cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// It is not the TOML it should be.
    #[error("the ground truth of the {api} is malformed")]
    Malformed {
        /// The API.
        api: &'static str,
        /// What is wrong.
        source: toml::de::Error,
    },
    /// It names a switch that is none.
    #[error("the ground truth names an unknown switch")]
    Switch(#[from] crate::api::UnknownSwitch),
    /// It names a scene that is none.
    #[error("the ground truth of the {api} names an unknown scene `{scene}`")]
    Scene {
        /// The API.
        api: &'static str,
        /// What was named.
        scene: String,
    },
}

/// Reads an API's table.
pub(crate) fn read(api: &Api) -> Result<Truth, TruthError> {
    let malformed = |source| TruthError::Malformed { api: api.name, source };
    let truth: Truth = toml::from_str(api.truth).map_err(malformed)?;
    for entry in &truth.entries {
        api.switches(&entry.weakness)?;
        for scene in &entry.scenes {
            if !api.scenes.iter().any(|known| known.name == scene) {
                return Err(TruthError::Scene { api: api.name, scene: scene.clone() });
            }
        }
    }
    Ok(truth)
}
