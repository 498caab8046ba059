//! `[guard.authorize]`

use super::Mode;
use serde::Deserialize;
use std::collections::BTreeMap;

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
    /// Claims of tokens that policies may read, with their types, such as `tenant = "string"`.
    pub claims: BTreeMap<String, Claim>,
    /// Decisions that are remembered.
    pub remembered_max: usize,
}

impl Default for Authorize {
    fn default() -> Self {
        Self {
            mode: Mode::Enforce,
            policies: Vec::new(),
            description: true,
            claims: BTreeMap::new(),
            remembered_max: 10_000,
        }
    }
}

/// The type of a claim, as policies read it. A claim of another type is not there for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Claim {
    /// A text.
    #[serde(rename = "string")]
    Text,
    /// A whole number.
    #[serde(rename = "number")]
    Whole,
    /// Yes or no.
    #[serde(rename = "boolean")]
    Yes,
    /// Several texts.
    #[serde(rename = "strings")]
    Texts,
}
