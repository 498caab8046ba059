//! The file of API keys: what is kept of each, and what may be done to it. No key can be read from it.

use super::acts::KeyAct;
use super::apikey;
use super::pepper::Pepper;
use avouch_model::fact::key::Key;
use avouch_model::secret::Secret;
use serde::{Deserialize, Serialize};

/// What the file says it is.
const FORMAT: &str = "avouch-keys/1";

/// LIMIT: bytes of the file.
pub const BOOK_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What is kept of a key. Times are in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// The id, which is no secret.
    pub id: String,
    /// HMAC-SHA-256 over its text, with the pepper.
    pub digest: String,
    /// Whose it is.
    pub owner: String,
    /// What it is for, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What it may be used for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What its owner is.
    #[serde(default)]
    pub roles: Vec<String>,
    /// When it was issued.
    pub issued_ms: u64,
    /// From when it holds.
    pub not_before_ms: u64,
    /// Until when it holds.
    pub expires_ms: u64,
    /// The key in whose place it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// The key that came in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<u64>,
    /// Why it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It holds.
    Active,
    /// It holds, but another one has its place.
    Replaced,
    /// Its time has not come.
    Early,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl KeyState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Replaced => "replaced",
            Self::Early => "not yet",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl KeyRecord {
    /// How it stands.
    pub fn state(&self, now_ms: u64) -> KeyState {
        match () {
            () if self.revoked_ms.is_some() => KeyState::Revoked,
            () if now_ms >= self.expires_ms => KeyState::Expired,
            () if now_ms < self.not_before_ms => KeyState::Early,
            () if self.replaced_by.is_some() => KeyState::Replaced,
            () => KeyState::Active,
        }
    }
}

/// What a new key shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Whose.
    pub owner: String,
    /// What for, in words.
    pub purpose: Option<String>,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// What its owner is.
    pub roles: Vec<String>,
    /// From when it holds.
    pub not_before_ms: u64,
    /// Until when it holds.
    pub expires_ms: u64,
}

/// Why the book is not as it must be, or does not do what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// It is no book.
    #[error("it is no file of keys: {0}")]
    Malformed(String),
    /// It is of a later version, or of somebody else.
    #[error("its format is `{0}`, and `avouch-keys/1` is the one that is known")]
    Format(String),
    /// Its digests were made with another pepper, so no key would be known.
    #[error("its keys were made with the pepper `{made_with}`, and this one is `{given}`")]
    OtherPepper {
        /// What made them.
        made_with: String,
        /// What there is.
        given: String,
    },
    /// Two records have one id.
    #[error("the key `{0}` is in it twice")]
    Twice(String),
    /// A digest is none.
    #[error("the digest of the key `{0}` is none")]
    Digest(String),
    /// There is no such key.
    #[error("there is no key `{0}`")]
    Absent(String),
    /// The beginning of an id fits several.
    #[error("`{0}` is the beginning of several keys")]
    Ambiguous(String),
    /// It does not hold any more.
    #[error("the key `{0}` is {1} already")]
    Over(String, &'static str),
    /// Another one has its place.
    #[error("the key `{0}` was rotated already: `{1}` is in its place")]
    Replaced(String, String),
}

/// All keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyBook {
    format: String,
    /// The pepper that made the digests, by what tells it from others.
    pepper: String,
    keys: Vec<KeyRecord>,
    /// What was done and is in no ledger yet. One process writes a ledger at a time: what others do to
    /// keys meanwhile takes effect at once and waits here to be recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unrecorded: Vec<KeyAct>,
}

impl KeyBook {
    /// One without keys.
    pub fn new(pepper: &Pepper) -> Self {
        Self {
            format: FORMAT.to_owned(),
            pepper: pepper.print().to_owned(),
            keys: Vec::new(),
            unrecorded: Vec::new(),
        }
    }

    /// Reads a book.
    pub fn parse(bytes: &[u8]) -> Result<Self, BookError> {
        if bytes.len() > BOOK_BYTES_MAX {
            return Err(BookError::Malformed("it is longer than 64 MiB".to_owned()));
        }
        let book: Self = serde_json::from_slice(bytes)
            .map_err(|error| BookError::Malformed(error.to_string()))?;
        if book.format != FORMAT {
            return Err(BookError::Format(book.format));
        }
        let mut ids: Vec<&str> = book.keys.iter().map(|key| key.id.as_str()).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => Err(BookError::Twice(pair.concat().chars().take(16).collect())),
            None => Ok(book),
        }
    }

    /// It as it is written.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Whether its digests were made with that pepper.
    pub fn made_with(&self, pepper: &Pepper) -> Result<(), BookError> {
        if self.pepper == pepper.print() {
            return Ok(());
        }
        let (made_with, given) = (self.pepper.clone(), pepper.print().to_owned());
        Err(BookError::OtherPepper { made_with, given })
    }

    /// The keys, as they were issued.
    pub fn keys(&self) -> &[KeyRecord] {
        &self.keys
    }

    /// The key with that id, or whose id begins so.
    pub fn find(&self, id: &str) -> Result<&KeyRecord, BookError> {
        let mut found = self.keys.iter().filter(|key| key.id.starts_with(id));
        let absent = || BookError::Absent(id.to_owned());
        let first = found.next().filter(|_| !id.is_empty()).ok_or_else(absent)?;
        if found.next().is_some() { Err(BookError::Ambiguous(id.to_owned())) } else { Ok(first) }
    }

    /// Issues a key: its record, and its text.
    pub fn issue(
        &mut self,
        key: NewKey,
        pepper: &Pepper,
        random: &[u8; apikey::RANDOM_BYTES],
        now_ms: u64,
    ) -> Result<(KeyRecord, Secret), BookError> {
        self.made_with(pepper)?;
        let (id, text) = apikey::mint(random);
        if self.keys.iter().any(|known| known.id == id) {
            return Err(BookError::Twice(id));
        }
        let record = KeyRecord {
            id,
            digest: pepper.digest(text.danger_reveal()),
            owner: key.owner,
            purpose: key.purpose,
            scopes: key.scopes,
            roles: key.roles,
            issued_ms: now_ms,
            not_before_ms: key.not_before_ms,
            expires_ms: key.expires_ms,
            replaces: None,
            replaced_by: None,
            revoked_ms: None,
            because: None,
        };
        self.keys.push(record.clone());
        Ok((record, text))
    }

    /// Issues a key in the place of another, which holds on for the overlap.
    pub fn rotate(
        &mut self,
        id: &str,
        until: Rotation,
        pepper: &Pepper,
        random: &[u8; apikey::RANDOM_BYTES],
        now_ms: u64,
    ) -> Result<(KeyRecord, Secret), BookError> {
        let old = self.rotatable(id, now_ms)?.clone();
        let key = NewKey {
            owner: old.owner,
            purpose: old.purpose,
            scopes: old.scopes,
            roles: old.roles,
            not_before_ms: now_ms,
            expires_ms: until.expires_ms,
        };
        let (mut record, text) = self.issue(key, pepper, random, now_ms)?;
        record.replaces = Some(old.id.clone());
        for known in &mut self.keys {
            if known.id == record.id {
                known.replaces.clone_from(&record.replaces);
            } else if known.id == old.id {
                known.replaced_by = Some(record.id.clone());
                known.expires_ms = known.expires_ms.min(until.overlap_until_ms);
            }
        }
        Ok((record, text))
    }

    /// The key, when another may come in its place.
    pub fn rotatable(&self, id: &str, now_ms: u64) -> Result<&KeyRecord, BookError> {
        let old = self.find(id)?;
        match (old.state(now_ms), &old.replaced_by) {
            (state @ (KeyState::Revoked | KeyState::Expired), _) => {
                Err(BookError::Over(old.id.clone(), state.word()))
            }
            (_, Some(by)) => Err(BookError::Replaced(old.id.clone(), by.clone())),
            _ => Ok(old),
        }
    }

    /// Takes a key back: from now on it is refused.
    pub fn revoke(
        &mut self,
        id: &str,
        because: Option<String>,
        now_ms: u64,
    ) -> Result<KeyRecord, BookError> {
        let id = self.find(id)?.id.clone();
        let absent = BookError::Absent(id.clone());
        let key = self.keys.iter_mut().find(|key| key.id == id).ok_or(absent)?;
        if key.revoked_ms.is_some() {
            return Err(BookError::Over(id, KeyState::Revoked.word()));
        }
        key.revoked_ms = Some(now_ms);
        key.because = because;
        Ok(key.clone())
    }
}

impl KeyBook {
    /// Notes that something was done, for the ledger.
    pub fn note(&mut self, act: KeyAct) {
        self.unrecorded.push(act);
    }

    /// What is in no ledger yet, as facts. An act on a key that is not there says less.
    pub fn unrecorded(&self, now_ms: u64) -> Vec<Key> {
        self.unrecorded.iter().map(|act| act.fact(self.find(&act.key).ok(), now_ms)).collect()
    }

    /// So many of them, the oldest first, are in a ledger now.
    pub fn recorded(&mut self, count: usize) {
        self.unrecorded.drain(..count.min(self.unrecorded.len()));
    }
}

/// The times of a rotation, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// Until when the new key holds.
    pub expires_ms: u64,
    /// Until when the old one holds besides.
    pub overlap_until_ms: u64,
}
