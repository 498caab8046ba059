//! A proven weakness, with all that a person needs to judge and mend it.

use crate::exchange::{Exchange, Hit};
use crate::identity::Who;
use crate::operation::{OperationId, SourcePlace};
use crate::reference::{Criterion, Cwe, Owasp};
use crate::severity::{Confidence, Severity};
use serde::{Deserialize, Serialize};

/// Somebody answers for leaving a finding as it is. The finding stays in every report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Who answers for it.
    pub owner: String,
    /// Why it may stay.
    pub reason: String,
    /// The last day it holds, such as `2027-01-31`; `None` for no end.
    pub expires: Option<String>,
}

/// A weakness that was proven on one operation, or on the target as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable over runs: digest of check, operation, parameter and identity pair; 16 hex digits.
    pub fingerprint: String,
    /// The check's id, such as `BOLA-01`.
    pub check: String,
    /// The check's name, such as `other-users-object-readable`.
    pub name: String,
    /// The check's title.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Where; `None` for the target as a whole.
    pub operation: Option<OperationId>,
    /// Which parameter or property.
    pub parameter: Option<String>,
    /// Whose object and who reached it.
    pub identities: Option<(Who, Who)>,
    /// One sentence: who did what and got what.
    pub summary: String,
    /// The steps of the proof.
    pub reasons: Vec<String>,
    /// Why it matters, in one sentence.
    pub impact: String,
    /// How to mend it, specific to the detected stack where that is known.
    pub remediation: String,
    /// A command that reproduces the deciding request, with secrets as `$VARIABLES`.
    pub curl: String,
    /// The weakness's number.
    pub cwe: Cwe,
    /// Risks it belongs to.
    pub owasp: Vec<Owasp>,
    /// Criteria it is evidence about.
    pub criteria: Vec<Criterion>,
    /// Points it costs its category, in tenths.
    pub points_tenths: u32,
    /// Points of the whole score that mending it (and all of the same cause) gains, in tenths.
    pub gain_tenths: u32,
    /// Where the description names the operation.
    pub described_at: Option<SourcePlace>,
    /// Ties repeats of one cause together.
    pub root_cause: String,
    /// The deciding exchanges, redacted.
    pub exchanges: Vec<Exchange>,
    /// Out-of-band hits that are part of the proof.
    pub hits: Vec<Hit>,
    /// How often it was proven from a fresh start, the first time included.
    pub proven_times: u8,
    /// Who answers for leaving it as it is; such a finding fails no gate.
    #[serde(default)]
    pub suppressed: Option<Suppression>,
}
