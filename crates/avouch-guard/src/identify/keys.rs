//! API keys as requests are checked against them.

use super::apikey;
use super::book::{BookError, KeyBook, KeyRecord, KeyState};
use super::faults::Fault;
use super::pepper::Pepper;
use super::text::unhexadecimal;
use crate::Principal;
use avouch_model::fact::request::ProvenBy;
use serde_json::Map;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A book that is ready to be asked.
#[derive(Debug)]
pub struct Keys {
    pepper: Pepper,
    by_id: HashMap<String, Held>,
}

#[derive(Debug)]
struct Held {
    record: KeyRecord,
    digest: Vec<u8>,
    principal: Arc<Principal>,
    /// When it was used last, in milliseconds since 1970; 0 when it was not.
    used_ms: AtomicU64,
}

impl Keys {
    /// Makes a book ready. A book that no key could be found in is refused here, not with each request.
    pub fn new(book: &KeyBook, pepper: Pepper) -> Result<Self, BookError> {
        book.made_with(&pepper)?;
        let mut by_id = HashMap::with_capacity(book.keys().len());
        for record in book.keys() {
            let digest = unhexadecimal(&record.digest).filter(|digest| digest.len() == 32);
            let digest = digest.ok_or_else(|| BookError::Digest(record.id.clone()))?;
            let principal = Arc::new(principal(record));
            let held =
                Held { record: record.clone(), digest, principal, used_ms: AtomicU64::new(0) };
            by_id.insert(record.id.clone(), held);
        }
        Ok(Self { pepper, by_id })
    }

    /// Whose key it is.
    pub(super) fn check(&self, text: &str, now_ms: u64) -> Result<Arc<Principal>, Fault> {
        let read = apikey::read(text).ok_or(Fault::ApiKeyMalformed)?;
        let held = self.by_id.get(read.id).ok_or(Fault::ApiKeyUnknown)?;
        // How a key stands is told only to who has it.
        if !self.pepper.made(&held.digest, text) {
            return Err(Fault::ApiKeyUnknown);
        }
        match held.record.state(now_ms) {
            KeyState::Active | KeyState::Replaced => {
                held.used_ms.fetch_max(now_ms, Ordering::Relaxed);
                Ok(Arc::clone(&held.principal))
            }
            KeyState::Early => Err(Fault::ApiKeyEarly),
            KeyState::Expired => Err(Fault::ApiKeyExpired),
            KeyState::Revoked => Err(Fault::ApiKeyRevoked),
        }
    }

    /// When keys were used last, by id, in milliseconds since 1970: those that were used.
    pub fn uses(&self) -> Vec<(String, u64)> {
        let used = |(id, held): (&String, &Held)| {
            let at = held.used_ms.load(Ordering::Relaxed);
            (at > 0).then(|| (id.clone(), at))
        };
        self.by_id.iter().filter_map(used).collect()
    }

    /// Takes over when keys were used last, from the book before this one.
    pub(super) fn remember(&self, before: &Self) {
        for (id, at) in before.uses() {
            if let Some(held) = self.by_id.get(&id) {
                held.used_ms.fetch_max(at, Ordering::Relaxed);
            }
        }
    }
}

fn principal(record: &KeyRecord) -> Principal {
    Principal {
        id: record.owner.clone(),
        issuer: None,
        proven_by: ProvenBy::ApiKey,
        roles: record.roles.clone(),
        scopes: record.scopes.clone(),
        claims: Map::new(),
        token: None,
        key: Some(record.id.clone()),
        expires_ms: Some(record.expires_ms),
    }
}
