//! What a witness remembers of a log.

use crate::format::canonical::{NUMBER_MAX, Value};
use crate::format::control::members::Members;
use crate::merkle::Hash;
use crate::note::{KeyError, Note, Seen, VerifierKey};
use crate::storage::{Storage, read_whole, replace};
use std::io::{self, ErrorKind};

/// The folder of logs.
pub(super) const LOGS: &str = "logs";

/// LIMIT: bytes of what is remembered of one log.
const LOG_BYTES_MAX: u64 = 4 << 20;

/// LIMIT: changes of a log's signing key.
pub(super) const EPOCHS_MAX: usize = 16_384;

/// LIMIT: bytes of a note.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// Why a witness cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Something cannot be read or written.
    #[error("what the witness remembers cannot be read or written")]
    Io(#[from] io::Error),
    /// Another process serves with it.
    #[error("another process is using this witness")]
    InUse,
    /// What is remembered of a log is damaged: it is not guessed.
    #[error("what the witness remembers of `{0}` is damaged")]
    Damaged(String),
    /// The log is known by another key.
    #[error("the log `{0}` is known by another key")]
    OtherKey(String),
    /// A key cannot be used.
    #[error("a key cannot be used")]
    Key(#[from] KeyError),
}

/// What a witness remembers of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The key by which it was made known: that of the log's identity, or the one with which a log
    /// of another make signs.
    pub key: VerifierKey,
    /// The keys for which the identity vouched, each with the size above which it signs.
    pub epochs: Vec<(u64, [u8; 32])>,
    /// What was cosigned last.
    pub seen: Seen,
    /// The note that was cosigned last, with the cosignature.
    pub note: Option<String>,
}

impl Known {
    pub(super) fn new(key: VerifierKey) -> Self {
        Self { key, epochs: Vec::new(), seen: Seen::default(), note: None }
    }

    /// The key that may sign a checkpoint of a size.
    pub(super) fn signer(&self, size: u64) -> Option<VerifierKey> {
        if self.epochs.is_empty() {
            return Some(self.key.clone());
        }
        // A size at which an epoch ends is signed by the key that ends.
        let (_, key) = self.epochs.iter().rev().find(|(above, _)| *above < size.max(1))?;
        VerifierKey::of_note(self.key.name(), *key).ok()
    }

    /// Takes in the keys that a proof shows; whether they continue those that are known.
    pub(super) fn learn(&mut self, epochs: Vec<(u64, [u8; 32])>) -> bool {
        let fits = epochs.len() <= EPOCHS_MAX
            && epochs.starts_with(&self.epochs)
            && epochs.iter().all(|(above, _)| *above <= NUMBER_MAX);
        if fits {
            self.epochs = epochs;
        }
        fits
    }

    fn encode(&self) -> String {
        let epoch = |(above, key): &(u64, [u8; 32])| {
            Value::object([("above", Value::Number(*above)), ("key", Value::hex(key))])
        };
        let mut text = Value::object([
            ("epochs", Value::List(self.epochs.iter().map(epoch).collect())),
            ("key", Value::text(&self.key.to_string())),
            ("note", self.note.as_ref().map_or(Value::Null, |note| Value::Text(note.clone()))),
            ("root", Value::hex(&self.seen.root.0)),
            ("size", Value::Number(self.seen.size)),
        ])
        .encode();
        text.push('\n');
        text
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut members = Members::of(Value::parse_with_lines(bytes.strip_suffix(b"\n")?).ok()?)?;
        let epoch = |value| {
            let mut members = Members::of(value)?;
            let epoch = (members.number("above")?, members.hex("key")?);
            members.end()?;
            Some(epoch)
        };
        let epochs = members.list("epochs", epoch)?;
        let key = VerifierKey::parse(&members.text("key")?).ok()?;
        let note = match members.take("note")? {
            Value::Null => None,
            Value::Text(text) if text.len() <= NOTE_BYTES_MAX => Some(text),
            _ => return None,
        };
        let root = Hash(members.hex("root")?);
        let seen = Seen { size: members.number("size")?, root };
        members.end()?;
        let whole = note.as_ref().is_none_or(|note| Note::parse(note.as_bytes()).is_ok());
        whole.then_some(Self { key, epochs, seen, note })
    }

    fn path(origin: &str) -> String {
        format!("{LOGS}/{}", Hash::of(origin.as_bytes()).to_hex())
    }

    /// Reads what is remembered of a log.
    pub(super) fn load(storage: &dyn Storage, origin: &str) -> Result<Option<Self>, WitnessError> {
        let bytes = match read_whole(storage, &Self::path(origin), LOG_BYTES_MAX) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let known = Self::parse(&bytes).filter(|known| known.key.name() == origin);
        known.map(Some).ok_or_else(|| WitnessError::Damaged(origin.to_owned()))
    }

    /// Remembers. When it returns without error, it is safe.
    pub(super) fn store(&self, storage: &dyn Storage) -> io::Result<()> {
        replace(storage, &Self::path(self.key.name()), self.encode().as_bytes())
    }
}

/// What a witness remembers of all logs, from its folder.
pub fn all(storage: &dyn Storage) -> Result<Vec<Known>, WitnessError> {
    let mut known = Vec::new();
    for name in storage.list(LOGS)? {
        if name.ends_with(crate::storage::PENDING) {
            continue;
        }
        let bytes = read_whole(storage, &format!("{LOGS}/{name}"), LOG_BYTES_MAX)?;
        let log = Known::parse(&bytes);
        let log = log.filter(|log| Hash::of(log.key.name().as_bytes()).to_hex() == name);
        known.push(log.ok_or(WitnessError::Damaged(name))?);
    }
    Ok(known)
}
