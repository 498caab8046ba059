//! What the user tells the scanner about the target that it cannot find out by asking.
//!
//! In scope: facts without secrets, such as which operations are a one-time flow. Out of scope:
//! credentials, which are the vault's.

use avouch_model::identity::Who;
use avouch_model::operation::OperationId;
use avouch_model::report::Report;
use serde::{Deserialize, Serialize};

/// What was told. All of it is optional: a check that needs a part says so when it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Told {
    /// Operations that may take effect once, such as redeeming a coupon, as `METHOD /template`.
    pub flows: Vec<OperationId>,
    /// Other hosts of the same owner that may be asked without a credential, as origins:
    /// `https://staging.example.com`.
    pub hosts: Vec<String>,
    /// What an earlier scan saw; `None` when there was none.
    pub earlier: Option<EarlierScan>,
}

/// What an earlier scan of the same target saw of its operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlierScan {
    /// The target's base address then.
    pub target: String,
    /// When it was.
    pub at: jiff::Timestamp,
    /// The operations, in the order of their names.
    pub operations: Vec<EarlierOperation>,
}

/// An operation an earlier scan saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlierOperation {
    /// Which.
    pub operation: OperationId,
    /// Baseline status by identity.
    pub baseline: Vec<(Who, u16)>,
}

impl EarlierScan {
    /// What the report of a scan says.
    pub fn of(report: &Report) -> Self {
        let operations = report.operations.iter().map(|outcome| EarlierOperation {
            operation: outcome.operation.clone(),
            baseline: outcome.baseline.clone(),
        });
        Self {
            target: report.target.clone(),
            at: report.started_at,
            operations: operations.collect(),
        }
    }
}
