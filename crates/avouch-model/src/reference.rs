//! Names given by others: CWE, OWASP API Security Top 10, AICPA Trust Services Criteria.
//!
//! Ids only. The criteria's text is copyrighted by the AICPA and never appears here.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A weakness of the Common Weakness Enumeration, by number: `Cwe(639)` is `CWE-639`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cwe(pub u16);

impl fmt::Display for Cwe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CWE-{}", self.0)
    }
}

/// A risk of the OWASP API Security Top 10, 2023 edition: `Owasp::Api(1)` is `API1:2023`;
/// `Owasp::Llm(7)` is `LLM07:2025` of the Top 10 for LLM Applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owasp {
    /// API Security Top 10, 2023.
    Api(u8),
    /// Top 10 for LLM Applications, 2025.
    Llm(u8),
}

impl fmt::Display for Owasp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(number) => write!(f, "API{number}:2023"),
            Self::Llm(number) => write!(f, "LLM{number:02}:2025"),
        }
    }
}

/// The id of a Trust Services Criterion (2017, points of focus 2022), such as `CC6.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Criterion(pub String);

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
