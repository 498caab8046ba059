//! How bad a weakness is, and how sure we are of it.

use crate::coding::{Word, WordFacts};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How bad a weakness is if it is real. Ordered: `Info` is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; costs no points and fails no gate.
    Info,
    /// Weakens a defence that something else still holds.
    Low,
    /// Helps an attacker, or breaks a rule an auditor asks about.
    Medium,
    /// Data or functions are open to someone who must not have them.
    High,
    /// Anyone, or any customer, can take what is not theirs.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The lower-case name used in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How sure we are. Ordered: `Tentative` is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// An indicator: worth a look, not a claim.
    Tentative,
    /// A difference that was seen again from a fresh start.
    Firm,
    /// Proven by a value that could only come from the weakness, or by mathematics.
    Confirmed,
}

impl Confidence {
    /// The lower-case name used in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tentative => "tentative",
            Self::Firm => "firm",
            Self::Confirmed => "confirmed",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Word for Severity {
    const WORDS: &'static [WordFacts] = &[
        WordFacts { number: 1, word: "info", about: &["Worth knowing."] },
        WordFacts {
            number: 2,
            word: "low",
            about: &["Weakens a defence that something else holds."],
        },
        WordFacts { number: 3, word: "medium", about: &["Helps an attacker, or breaks a rule."] },
        WordFacts { number: 4, word: "high", about: &["Open to somebody who must not have it."] },
        WordFacts { number: 5, word: "critical", about: &["Anyone can take what is not theirs."] },
    ];
    const VALUES: &'static [Self] =
        &[Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    fn number(self) -> u8 {
        match self {
            Self::Info => 1,
            Self::Low => 2,
            Self::Medium => 3,
            Self::High => 4,
            Self::Critical => 5,
        }
    }
}

impl Word for Confidence {
    const WORDS: &'static [WordFacts] = &[
        WordFacts { number: 1, word: "tentative", about: &["An indicator, not a claim."] },
        WordFacts { number: 2, word: "firm", about: &["Seen again from a fresh start."] },
        WordFacts { number: 3, word: "confirmed", about: &["Proven."] },
    ];
    const VALUES: &'static [Self] = &[Self::Tentative, Self::Firm, Self::Confirmed];

    fn number(self) -> u8 {
        match self {
            Self::Tentative => 1,
            Self::Firm => 2,
            Self::Confirmed => 3,
        }
    }
}
