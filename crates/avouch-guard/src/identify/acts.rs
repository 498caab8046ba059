//! What was done to an API key, for the ledger.

use super::book::KeyRecord;
use avouch_model::coding::{Later, Personal};
use avouch_model::fact::key::{Key, KeyEvent, KeyKind};
use serde::{Deserialize, Serialize};

/// After so many milliseconds a fact says when it was done.
const WAITED_MS: u64 = 10_000;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyActEvent {
    /// It was issued.
    Issued,
    /// It was issued in the place of another.
    Rotated,
    /// It was revoked.
    Revoked,
}

/// One thing that was done to one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAct {
    /// What.
    pub event: KeyActEvent,
    /// The id of the key; of the new one, where one takes the place of another.
    pub key: String,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The request that asked for the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Who approved that request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
}

impl KeyAct {
    /// The fact that says so, as it is recorded now.
    pub(super) fn fact(&self, key: Option<&KeyRecord>, now_ms: u64) -> Key {
        let waited = now_ms > self.at_ms.saturating_add(WAITED_MS);
        // An entry's own time is that of its recording.
        let when = waited.then(|| format!("done at {} ms since 1970", self.at_ms));
        let because: Vec<String> = [self.because.clone(), when].into_iter().flatten().collect();
        let because = (!because.is_empty()).then(|| because.join("; "));
        Key {
            id: self.key.clone(),
            event: match self.event {
                KeyActEvent::Issued => KeyEvent::Issued,
                KeyActEvent::Rotated => KeyEvent::Rotated,
                KeyActEvent::Revoked => KeyEvent::Revoked,
            },
            key_kind: KeyKind::ApiKey,
            owner: key.map(|key| Personal::Clear(key.owner.clone())),
            actor: self.actor.clone().map(Personal::Clear),
            approved_by: self.approved_by.iter().cloned().map(Personal::Clear).collect(),
            request: self.request.clone(),
            scopes: key.map(|key| key.scopes.clone()).unwrap_or_default(),
            print: None,
            replaces: key.and_then(|key| key.replaces.clone()),
            not_before_ms: key.map(|key| key.not_before_ms),
            expires_ms: key.map(|key| key.expires_ms),
            because,
            later: Later::default(),
        }
    }
}
