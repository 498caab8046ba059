//! What was agreed with the auditor: the period, how many items are drawn, and the digest of a nonce
//! that the auditor keeps to himself until the ledger cannot be changed any more.
//!
//! Its digest stands in the ledger, so that nobody can agree on something else afterwards.

use crate::canonical;
use crate::populations::RowError;
use crate::sampling::Table;
use avouch_ledger::merkle::Hash;
use serde::{Deserialize, Serialize};

/// An engagement.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Whoever audits.
    pub auditor: String,
    /// The Ed25519 public key that signs the auditor's acts, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auditor_key: Option<String>,
    /// SHA-256 of the list of marked requests that the auditor sends, if there will be any.
    pub canaries: Option<String>,
    /// What is audited, such as `security`.
    pub categories: Vec<String>,
    /// Its id.
    pub id: String,
    /// SHA-256 of the auditor's nonce of 16 bytes.
    pub nonce_commitment: String,
    /// The Ed25519 public key that seals the package.
    pub package_key: String,
    /// The period.
    pub period: Period,
    /// How many items are drawn.
    pub sampling: Table,
    /// What is audited.
    pub system: String,
    /// 1.
    pub version: u64,
}

/// A period, in milliseconds since 1970; its end is not part of it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Its beginning.
    pub from_ms: u64,
    /// Its end.
    pub to_ms: u64,
}

impl Period {
    /// Whether a time is in it.
    pub fn contains(&self, ms: u64) -> bool {
        (self.from_ms..self.to_ms).contains(&ms)
    }
}

impl Engagement {
    /// Its bytes, of which the digest stands in the ledger.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        Ok(canonical::encode(&serde_json::to_value(self)?))
    }

    /// Reads its bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, RowError> {
        let value = canonical::parse(bytes).ok_or(RowError)?;
        let engagement: Self = serde_json::from_value(value).map_err(|_| RowError)?;
        let sound = engagement.version == 1
            && engagement.period.from_ms < engagement.period.to_ms
            && digest(&engagement.nonce_commitment).is_some()
            && digest(&engagement.package_key).is_some()
            && engagement.auditor_key.as_deref().is_none_or(|text| digest(text).is_some())
            && engagement.canaries.as_deref().is_none_or(|text| digest(text).is_some());
        if sound { Ok(engagement) } else { Err(RowError) }
    }

    /// The id of the fact in the ledger that holds its digest.
    pub fn evidence_id(&self) -> String {
        format!("engagement/{}", self.id)
    }

    /// The key that signs the auditor's acts, if there is one.
    pub fn auditor_key(&self) -> Option<[u8; 32]> {
        digest(self.auditor_key.as_deref()?)
    }

    /// Whether this is the nonce that the auditor committed to.
    pub fn is_nonce(&self, nonce: &[u8; 16]) -> bool {
        Hash::of(nonce).to_hex() == self.nonce_commitment
    }
}

/// 32 bytes as hexadecimal digits.
pub(crate) fn digest(text: &str) -> Option<[u8; 32]> {
    avouch_ledger::format::canonical::from_hex(text)?.try_into().ok()
}
