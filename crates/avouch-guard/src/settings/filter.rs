//! `[guard.filter]`

use super::Mode;
use avouch_model::data_class::DataClass;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What of an answer may leave.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Whether what is refused is refused.
    pub mode: Mode,
    /// Properties of an answer that its schema does not name, where it names any.
    pub undescribed: Undescribed,
    /// Classes of data with the roles that may see them, such as `payment-card = ["admin"]`; with an
    /// empty list nobody may. A class that is not named may be seen, but for stored passwords, private
    /// keys, keys of providers and connection strings: these never leave.
    pub classes: BTreeMap<DataClass, Vec<String>>,
    /// Bodies of answers that say that the API failed (5xx).
    pub failures: Failures,
    /// Bytes of a body that is filtered. A longer one is refused.
    pub body_bytes_max: u64,
    /// Headers that are taken out, beside those that tell of software.
    pub remove_headers: Vec<String>,
    /// Whether headers are set that make browsers careful: `X-Content-Type-Options`, `Cache-Control`,
    /// `Content-Security-Policy`, `Referrer-Policy` and, under TLS, `Strict-Transport-Security`.
    pub security_headers: bool,
    /// How long browsers are told to come by TLS only, in seconds; 0 tells them nothing.
    pub hsts_s: u64,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            mode: Mode::Enforce,
            undescribed: Undescribed::Remove,
            classes: BTreeMap::new(),
            failures: Failures::Replace,
            body_bytes_max: 10 * 1024 * 1024,
            remove_headers: Vec::new(),
            security_headers: true,
            hsts_s: 31_536_000,
        }
    }
}

/// What becomes of properties that are not described.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undescribed {
    /// They are taken out.
    #[default]
    Remove,
    /// The answer is refused.
    Refuse,
    /// They stay.
    Keep,
}

/// What becomes of bodies of answers that say that the API failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failures {
    /// They are replaced by a plain one: what an API says when it fails tells how it is made.
    #[default]
    Replace,
    /// Those that are described in JSON pass like other answers, the others are replaced.
    Described,
    /// They pass like other answers.
    Keep,
}
