//! `[[guard.limit]]`

use super::Mode;
use crate::limit::Rate;
use serde::Deserialize;

/// How much may be asked for, by whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its name, told to who runs into it.
    pub name: String,
    /// Whether what is refused is refused.
    #[serde(default)]
    pub mode: Mode,
    /// What has a bucket of its own: each combination of these. Nothing is one bucket for all.
    #[serde(default)]
    pub by: Vec<By>,
    /// How much: `100/s`, `600/min`, `5000/h` or `100000/d`.
    pub rate: RateText,
    /// What may be asked for at once; as much as in a second by default, and at least 1.
    #[serde(default)]
    pub burst: Option<u64>,
    /// For which operations: patterns as in [`super::route::Operation::matches`]. All by default.
    #[serde(default, rename = "match")]
    pub matches: Vec<String>,
    /// What one request counts for.
    #[serde(default = "one")]
    pub cost: u64,
}

fn one() -> u64 {
    1
}

/// What a limit tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The client's address; of version 6, its network of 64 bits.
    Address,
    /// Who asks; the address where nobody was identified.
    Principal,
    /// The API key; who asks where there is none.
    Key,
    /// The operation.
    Operation,
}

/// Tokens in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RateText {
    /// Tokens.
    pub tokens: u64,
    /// In so many nanoseconds.
    pub per_ns: u64,
}

const SECOND_NS: u64 = 1_000_000_000;

impl TryFrom<String> for RateText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no rate: `100/s`, `600/min`, `5000/h` and `100000/d` are");
        let (tokens, unit) = text.split_once('/').ok_or_else(wrong)?;
        let tokens: u64 = tokens.trim().parse().map_err(|_| wrong())?;
        let seconds = match unit.trim() {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(wrong()),
        };
        // One token takes at least a nanosecond.
        if !(1..=SECOND_NS).contains(&tokens) {
            return Err(wrong());
        }
        Ok(Self { tokens, per_ns: seconds * SECOND_NS })
    }
}

impl Limit {
    /// As a bucket takes it.
    pub fn rate(&self) -> Rate {
        let RateText { tokens, per_ns } = self.rate;
        let a_second = (tokens.saturating_mul(SECOND_NS) / per_ns).max(1);
        Rate { token_ns: per_ns / tokens, burst: self.burst.unwrap_or(a_second).max(1) }
    }
}

/// `[guard.limits]`: what all limits share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Buckets that may be in use at once. Each takes 16 bytes, used or not.
    pub buckets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { buckets: 1 << 18 }
    }
}
