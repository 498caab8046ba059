//! `[guard.authorize]`

use super::Mode;
use serde::Deserialize;

/// Who may do what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Authorize {
    /// Whether what is refused is refused.
    pub mode: Mode,
    /// Files of Cedar policies. Whoever calls reads them: nothing here opens a file.
    pub policies: Vec<String>,
    /// Whether the scopes and roles that the description names are asked for. They are asked for
    /// before the policies; both must allow.
    pub description: bool,
    /// Decisions that are remembered.
    pub remembered_max: usize,
}

impl Default for Authorize {
    fn default() -> Self {
        Self {
            mode: Mode::Enforce,
            policies: Vec::new(),
            description: true,
            remembered_max: 10_000,
        }
    }
}
