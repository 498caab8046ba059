//! What the commands that measure have in common: how they answer, and how they read numbers.

use anyhow::{Context, Result};
use std::str::FromStr;

/// How the answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
    Markdown,
}

impl Form {
    /// The form that an option asks for.
    pub(super) fn of(option: &str) -> Self {
        match option {
            "--json" => Self::Json,
            "--markdown" => Self::Markdown,
            _ => Self::Text,
        }
    }
}

/// Reads a number.
pub(super) fn number<T>(text: &str) -> Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().with_context(|| format!("`{text}` is no number"))
}
