//! What ties a recording on this machine to what a ledger says of it.

use anyhow::Context;
use avouch_ledger::merkle::Hash;
use avouch_model::coding::Digest;
use avouch_model::exchange::Exchange;
use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Which scan of which ledger the last recording is. Kept beside the recording, for its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    /// The ledger's folder.
    pub(crate) ledger: PathBuf,
    /// The scan's id.
    pub(crate) scan: String,
    /// The key of the digests of exchanges, hexadecimal. Who has it and the recording can show that
    /// the exchanges are those the ledger speaks of; who has not learns nothing from the digests.
    pub(crate) exchange_key: String,
}

/// The key with which exchanges are digested. Drawn for each scan; the ledger has its digest only.
#[derive(Clone)]
pub(crate) struct ExchangeKey([u8; 32]);

impl std::fmt::Debug for ExchangeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExchangeKey(…)")
    }
}

impl ExchangeKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`ExchangeKey::danger_text`] gave.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Digest::parse(text).map(|digest| Self(digest.0))
    }

    /// It in hexadecimal digits, to be kept beside the recording.
    pub(crate) fn danger_text(&self) -> String {
        Digest(self.0).to_string()
    }

    pub(crate) fn digest(&self) -> Digest {
        sha256(&self.0)
    }

    /// The digest of an exchange as it was captured.
    pub(crate) fn of(&self, exchange: &Exchange) -> Result<Digest, serde_json::Error> {
        let bytes = serde_json::to_vec(exchange)?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), &bytes);
        Ok(Digest(tag.as_ref().try_into().unwrap_or_default()))
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest(Hash::of(bytes).0)
}

/// SHA-256 of a value as JSON, in the order of its members.
pub(super) fn of_json(value: &impl Serialize) -> Result<Digest, serde_json::Error> {
    Ok(sha256(&serde_json::to_vec(value)?))
}

/// 32 random bytes as a key.
pub(crate) fn fresh_key() -> anyhow::Result<ExchangeKey> {
    let bytes = crate::state::random().context("there is no randomness to be had")?;
    Ok(ExchangeKey::new(bytes))
}
