//! `[guard.contain]`

use serde::Deserialize;

/// Who and what is shut out. It cannot only watch: who is shut out is out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contain {
    /// The file that `avouch block` writes and the gateway reads again when it changes.
    pub file: Option<String>,
}
