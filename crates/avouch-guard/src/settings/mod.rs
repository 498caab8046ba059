//! What a person writes under `[guard]` in `avouch.toml`.
//!
//! Unknown keys are errors: a control that is misspelt is a control that is missing. Each policy has
//! its own file here, with its own defaults; the safe value is the default.

pub mod authorize;
pub mod identify;
pub mod route;
pub mod validate;

use serde::Deserialize;

/// Whether a policy refuses or only says what it would have refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It refuses.
    #[default]
    Enforce,
    /// It lets pass and records what it would have refused. For learning; an operator sees it in each
    /// record and in the metrics.
    Learn,
}
