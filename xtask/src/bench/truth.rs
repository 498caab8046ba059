//! What the range says is true of itself, as far as a comparison needs it.
//!
//! The form is the one that `avouch-range truth --json` prints. Keys not named here are left alone.

use avouch_model::operation::OperationId;
use avouch_model::severity::{Confidence, Severity};
use serde::Deserialize;

/// What the range says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Range {
    /// Its APIs.
    pub(crate) apis: Vec<Api>,
}

/// One API of the range.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Api {
    /// What it is called.
    pub(crate) name: String,
    /// Switches that `all` leaves out.
    pub(crate) apart: Vec<String>,
    /// The scans that together show everything.
    pub(crate) scenes: Vec<Scene>,
    /// What is true of it.
    pub(crate) truth: Truth,
}

/// One scan of one fresh API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Scene {
    /// What it is called in the details.
    pub(crate) name: String,
    /// What is switched on: `all`, `none`, or names separated by commas.
    pub(crate) switches: String,
    /// Who asks.
    pub(crate) people: Vec<String>,
    /// Whether active checks are allowed.
    pub(crate) active: bool,
    /// Disruptive checks that are allowed.
    pub(crate) disruptive: Vec<String>,
    /// Whether only entries that name this scene have to be found in it.
    pub(crate) only_named: bool,
    /// More of the scanner's configuration.
    pub(crate) configuration: String,
}

/// What is true of an API.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Truth {
    /// What is wrong with it.
    #[serde(alias = "entry")]
    pub(crate) weaknesses: Vec<Weakness>,
    /// Operations that look like vulnerable ones and are hardened.
    #[serde(default, alias = "twin")]
    pub(crate) twins: Vec<Place>,
    /// Operations that look suspicious and are as they should be.
    #[serde(default, alias = "decoy")]
    pub(crate) decoys: Vec<Place>,
    /// Operations that destroy something, which a scan leaves alone.
    #[serde(default, alias = "trap")]
    pub(crate) traps: Vec<Place>,
}

/// One thing that is wrong, as one check reports it.
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
    /// The scenes that show it; empty means all in which its switch is on.
    #[serde(default)]
    pub(crate) scenes: Vec<String>,
    /// The trouble under which it is not there.
    #[serde(default)]
    pub(crate) mended_by: Option<String>,
    /// Whether a scan has to find it.
    #[serde(default)]
    pub(crate) expect: Expectation,
}

/// An operation of which something is said. Nothing above `Info` is to be found on a twin or a
/// decoy.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Place {
    /// Which.
    pub(crate) operation: OperationId,
}

/// What a scan is allowed to do, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Tier {
    /// Looks at what other requests brought.
    #[serde(rename = "P")]
    Passive,
    /// Sends requests that change nothing.
    #[serde(rename = "R")]
    Read,
    /// Writes to what the scan itself created, or sends payloads.
    #[serde(rename = "A")]
    Active,
    /// Load, lock-out, money.
    #[serde(rename = "D")]
    Disruptive,
}

/// What is expected of a scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expectation {
    /// Not to report it is a miss.
    #[default]
    Must,
    /// It follows from another weakness: to report it is neither asked for nor false.
    May,
}
