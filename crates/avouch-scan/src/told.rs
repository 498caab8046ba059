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
    /// A receiver of webhooks, and how its events are signed.
    pub webhook: Option<Webhook>,
    /// What an earlier scan saw; `None` when there was none.
    pub earlier: Option<EarlierScan>,
    /// A client of the authorization server, as it is registered there.
    pub oauth: Option<OAuthClient>,
}

/// A receiver of webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where events are sent, as `POST /hooks/payments`.
    pub operation: OperationId,
    /// Where the secret is: `env:NAME` or `file:PATH`. Never the secret itself.
    pub secret: String,
    /// An event that harms nothing, with `{marker}` where a word of the scan's own goes.
    pub body: String,
    /// Its media type.
    #[serde(default = "json")]
    pub content_type: String,
    /// The header that carries the signature.
    pub header: String,
    /// Its value, with `{hex}` or `{base64}`, and `{timestamp}` where the time goes.
    #[serde(default = "hex")]
    pub signature: String,
    /// What is signed, with `{body}` and `{timestamp}` (seconds since 1970).
    #[serde(default = "body")]
    pub signed: String,
    /// The header that carries the time, when one does.
    #[serde(default)]
    pub timestamp_header: Option<String>,
    /// `sha1`, `sha256` or `sha512`, as HMAC.
    #[serde(default)]
    pub algorithm: SigningAlgorithm,
    /// Where the effect of an event is seen, as `GET /payments`; read as the first identity.
    #[serde(default)]
    pub read: Option<OperationId>,
}

/// The hash of a webhook's HMAC (RFC 2104).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum SigningAlgorithm {
    Sha1,
    #[default]
    Sha256,
    Sha512,
}

fn json() -> String {
    "application/json".to_owned()
}

fn hex() -> String {
    "{hex}".to_owned()
}

fn body() -> String {
    "{body}".to_owned()
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

/// A registered client (RFC 6749, section 2), as far as it is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthClient {
    /// Its id.
    pub client_id: String,
    /// One of its registered addresses, to which people are sent back.
    pub redirect_uri: String,
    /// A scope it may ask for; `openid` when none is told.
    #[serde(default)]
    pub scope: Option<String>,
}
