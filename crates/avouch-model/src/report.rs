//! All that a scan has to say.

use crate::finding::Finding;
use crate::identity::Who;
use crate::operation::{OperationId, SourcePlace};
use crate::reference::{Criterion, Cwe, Owasp};
use crate::score::Score;
use crate::severity::{Confidence, Severity};
use crate::tls::TlsFacts;
use serde::{Deserialize, Serialize};

/// The version of this form. Raised when a reader of the old form would misread the new one.
pub const REPORT_SCHEMA: &str = "avouch-report/1";

/// All that a scan has to say. Formats turn this into bytes and add nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`REPORT_SCHEMA`]
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The id every request of the scan carried in `X-Scan-Id`.
    pub scan_id: String,
    /// Base address of the target.
    pub target: String,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How it ended.
    pub ending: Ending,
    /// The score.
    pub score: Score,
    /// What was proven, worst first.
    pub findings: Vec<Finding>,
    /// What was looked at, and what could not be.
    pub coverage: Coverage,
    /// The checks that were in the run, by id.
    pub checks: Vec<CheckFacts>,
    /// Who asked.
    pub identities: Vec<IdentityOutcome>,
    /// Operations, in the order of their names.
    pub operations: Vec<OperationOutcome>,
    /// Operations that were left alone on purpose.
    pub left_alone: Vec<LeftAlone>,
    /// What was sent and received.
    pub traffic: Traffic,
    /// What each check that asked anything cost, by id. Of [`Traffic::requests`], what is missing here
    /// no check asked for: finding the description, signing in, reading everything once, heartbeats.
    #[serde(default)]
    pub costs: Vec<CheckCost>,
    /// What the connection showed.
    pub tls: Option<TlsFacts>,
    /// Objects created and whether they are gone again.
    pub cleanup: Vec<CleanupOutcome>,
    /// What was wrong with the description or the target, for a person.
    pub warnings: Vec<Warning>,
}

/// How a scan ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything planned was asked.
    Complete,
    /// The user stopped it.
    Interrupted,
    /// The request or time budget was spent first; the text says which.
    BudgetSpent(String),
    /// The target stopped answering; the text names the last probes before its death.
    TargetGone(String),
    /// The target could not be reached at all; the text says why.
    Unreachable(String),
    /// A credential stopped working and could not be renewed.
    IdentityLost(String),
    /// The target blocks the scan.
    Blocked(String),
}

/// What people need to know of a check, from its descriptor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckFacts {
    /// Such as `BOLA-01`.
    pub id: String,
    /// Such as `other-users-object-readable`.
    pub name: String,
    /// A person's line.
    pub title: String,
    /// The family's short name, such as `BOLA`.
    pub family: String,
    /// The worst it can report.
    pub severity: Severity,
    /// The most it can claim.
    pub confidence: Confidence,
    /// Its CWE.
    pub cwe: Cwe,
    /// Its OWASP risks.
    pub owasp: Vec<Owasp>,
    /// Criteria it gives evidence about.
    pub criteria: Vec<Criterion>,
    /// Its page, in Markdown.
    pub page: String,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// One row a family.
    pub families: Vec<FamilyCoverage>,
    /// Each subject that could not be evaluated.
    pub not_evaluable: Vec<NotEvaluable>,
}

impl Coverage {
    /// Evaluated part of what applied, in per cent; `None` when nothing applied.
    pub fn per_cent(&self) -> Option<u8> {
        let evaluated: u64 = self.families.iter().map(|f| u64::from(f.evaluated())).sum();
        let applied: u64 = self.families.iter().map(|f| u64::from(f.applied())).sum();
        (applied > 0).then(|| u8::try_from(evaluated * 100 / applied).unwrap_or(100))
    }
}

/// What was looked at in one family: counts of (check, subject) pairs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyCoverage {
    /// The family's short name.
    pub family: String,
    /// What it is called.
    pub title: String,
    /// Looked at and not there.
    pub passed: u32,
    /// Proven.
    pub failed: u32,
    /// Could not be evaluated.
    pub not_evaluable: u32,
    /// Made no sense there.
    pub not_applicable: u32,
}

impl FamilyCoverage {
    /// Pairs with an answer.
    pub fn evaluated(&self) -> u32 {
        self.passed + self.failed
    }

    /// Pairs where the question made sense.
    pub fn applied(&self) -> u32 {
        self.evaluated() + self.not_evaluable
    }

    /// Evaluated part of what applied, in per cent; `None` when nothing applied.
    pub fn per_cent(&self) -> Option<u8> {
        (self.applied() > 0).then(|| {
            u8::try_from(u64::from(self.evaluated()) * 100 / u64::from(self.applied()))
                .unwrap_or(100)
        })
    }
}

/// One subject that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NotEvaluable {
    /// The check's id.
    pub check: String,
    /// Where; `None` for the target as a whole.
    pub operation: Option<OperationId>,
    /// What stood in the way.
    pub because: String,
}

/// What became of an identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityOutcome {
    /// Which.
    pub who: Who,
    /// How the user calls it.
    pub label: String,
    /// How it is sent, without the credential, such as `header Authorization: Bearer`.
    pub carrier: String,
    /// Whether the self-test accepted it.
    pub accepted: bool,
    /// What the self-test saw, for a person.
    pub note: String,
    /// How often it had to log in again.
    pub renewals: u32,
}

/// What is known of an operation after the scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationOutcome {
    /// Which.
    pub operation: OperationId,
    /// Where the description names it.
    pub described_at: Option<SourcePlace>,
    /// Whether it was found by asking rather than described.
    pub discovered: bool,
    /// Baseline status by identity.
    pub baseline: Vec<(Who, u16)>,
    /// Requests sent to it.
    pub requests: u32,
}

/// An operation that was left alone on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftAlone {
    /// Which.
    pub operation: OperationId,
    /// Why.
    pub because: String,
}

/// What was sent and received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Requests without an answer.
    pub failures: u64,
    /// Bytes of bodies received.
    pub bytes_received: u64,
    /// Most requests in flight at once.
    pub in_flight_max: u32,
    /// Answers that said "slow down".
    pub throttled: u64,
}

/// What one check cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckCost {
    /// The check's id.
    pub check: String,
    /// Requests sent for its questions. An answer that several checks use counts for the first.
    pub requests: u64,
    /// Milliseconds its questions were under way, their wait for a turn included. Checks run beside
    /// one another, so these add up to more than the scan took.
    pub took_ms: u64,
}

/// An object the scan created, and whether it is gone again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupOutcome {
    /// The operation that created it.
    pub created_by: OperationId,
    /// How to remove it: method and address.
    pub remove: String,
    /// Whether it is gone.
    pub gone: bool,
    /// What happened, for a person.
    pub note: String,
}

/// Something a person should know, that is no finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// Where, when it is about a file.
    pub place: Option<SourcePlace>,
    /// What and why.
    pub message: String,
}
