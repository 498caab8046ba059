//! What the range says is true of itself, as far as a comparison needs it.
//!
//! The form is the one that `avouch-range truth --json` prints. Keys not named here are left alone.

use avouch_model::operation::OperationId;
use avouch_model::severity::{Confidence, Severity};
use serde::Deserialize;

/// What is true of the range.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Truth {
    /// What is wrong with it.
    pub(crate) weaknesses: Vec<Weakness>,
    /// Operations that look like vulnerable ones and are hardened.
    #[serde(default)]
    pub(crate) twins: Vec<Sound>,
    /// Operations that look suspicious and are as they should be.
    #[serde(default)]
    pub(crate) decoys: Vec<Sound>,
}

/// One thing that is wrong and that a check is to find.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Weakness {
    /// Id of the check that is to find it, such as `BOLA-01`.
    pub(crate) check: String,
    /// Where; `None` for the target as a whole.
    #[serde(default)]
    pub(crate) operation: Option<OperationId>,
    /// The switch that turns it on.
    #[serde(rename = "weakness")]
    pub(crate) switch: String,
    /// The parameter or property it is about.
    #[serde(default)]
    pub(crate) parameter: Option<String>,
    /// How sure a scanner can be of it.
    pub(crate) confidence: Confidence,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What a scan must be allowed to do to find it.
    pub(crate) tier: Tier,
}

/// An operation on which nothing above `Info` is to be found.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sound {
    /// Which.
    pub(crate) operation: OperationId,
}

/// What a scan is allowed to do, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tier {
    /// Looks at what other requests brought.
    #[serde(alias = "P")]
    Passive,
    /// Sends requests that change nothing.
    #[serde(alias = "R", alias = "read-only", alias = "probe")]
    Read,
    /// Writes to what the scan itself created, or sends payloads.
    #[serde(alias = "A")]
    Active,
    /// Load, lock-out, money.
    #[serde(alias = "D")]
    Disruptive,
}
