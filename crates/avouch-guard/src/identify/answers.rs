//! Takes in what was learnt from the network and from files.

use super::asked::Answered;
use super::faults::Fault;
use super::identifier::{Identifier, Question};
use super::json;
use super::jwk::{KeySet, ReadSet, UnusableKey};
use super::keyset::Ticket;
use super::shared_keys::SharedKeys;
use super::verified::described;
use serde_json::Value;

/// LIMIT: bytes of an answer about a token.
pub const INTROSPECTION_BYTES_MAX: usize = 64 * 1024;

/// What came of a question.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// A body, with status 200.
    Body {
        /// The body.
        bytes: &'a [u8],
        /// What `Cache-Control: max-age` says, in seconds. Of no matter to introspection.
        max_age_s: Option<u64>,
    },
    /// The key set is the one that is known (status 304).
    Unchanged {
        /// What `Cache-Control: max-age` says, in seconds.
        max_age_s: Option<u64>,
    },
    /// Anything else, and nothing.
    Failed,
}

/// What an answer taught, for logs and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// The keys of an issuer.
    Keys {
        /// How many can be used.
        usable: usize,
        /// Why others cannot.
        unusable: Vec<UnusableKey>,
        /// Whether they are others than before. The bytes are worth keeping over a restart then.
        changed: bool,
    },
    /// Something about a token, good or bad.
    Token,
    /// Nothing: there was no answer, or none that can be used.
    Nothing,
}

impl Identifier {
    /// The fetches that are due by the clock: at start all of them, later each in its time. To be asked
    /// for once a second or so.
    pub fn due(&self, now_ms: u64) -> Vec<Question> {
        let due = |(issuer, known): (usize, &super::identifier::Issuer)| {
            let ticket = known.keys.as_ref()?.due(now_ms)?;
            Some(Question::KeySet { issuer, ticket })
        };
        self.issuers.iter().enumerate().filter_map(due).collect()
    }

    /// Takes in the answer to a question. Whoever waits for it can ask again.
    pub fn answer(&self, question: &Question, answer: Answer<'_>, now_ms: u64) -> Learnt {
        match question {
            Question::KeySet { issuer, ticket } => {
                let keys = self.issuers.get(*issuer).and_then(|issuer| issuer.keys.as_ref());
                keys.map_or(Learnt::Nothing, |keys| key_set(keys, *ticket, answer, now_ms))
            }
            Question::Introspect { issuer, print, .. } => {
                let answered = match answer {
                    Answer::Body { bytes, .. } => self.introspected(*issuer, bytes, print, now_ms),
                    Answer::Unchanged { .. } | Answer::Failed => None,
                };
                let learnt = if answered.is_some() { Learnt::Token } else { Learnt::Nothing };
                self.asked.put(*print, answered.unwrap_or(Answered::Failed), now_ms);
                learnt
            }
        }
    }

    /// Reads an answer about a token (RFC 7662, section 2.2); `None` when it is none.
    fn introspected(
        &self,
        index: usize,
        bytes: &[u8],
        print: &[u8; 32],
        now_ms: u64,
    ) -> Option<Answered> {
        let issuer = self.issuers.get(index)?;
        let claims = if bytes.len() <= INTROSPECTION_BYTES_MAX {
            json::object(bytes)?
        } else {
            return None;
        };
        match claims.get("active") {
            Some(Value::Bool(true)) => {
                let described = described((index, &issuer.settings), claims, print, now_ms);
                Some(described.map_or_else(Answered::Bad, Answered::Good))
            }
            Some(Value::Bool(false)) => Some(Answered::Bad(Fault::TokenInactive)),
            _ => None,
        }
    }

    /// Takes in keys of an issuer that were kept over a restart, so that its being down then refuses
    /// nobody; whether they can be used. They hold no longer than they would have without the restart, and
    /// than the settings say (`guard.identify.kept`); where nothing is kept they are not taken.
    pub fn restore(&self, issuer: usize, bytes: &[u8], fetched_ms: u64, now_ms: u64) -> bool {
        let keys = self.issuers.get(issuer).and_then(|issuer| issuer.keys.as_ref());
        let Some(kept) = &self.settings.kept else { return false };
        let holds_ms = kept.age_s_max.saturating_mul(1_000);
        match (keys, KeySet::parse(bytes)) {
            (Some(keys), Some(read)) => keys.restored(read.set, fetched_ms, holds_ms, now_ms),
            _ => false,
        }
    }
}

/// Takes in what came of a fetch.
fn key_set(keys: &SharedKeys, ticket: Ticket, answer: Answer<'_>, now_ms: u64) -> Learnt {
    let milliseconds = |seconds: Option<u64>| seconds.map(|seconds| seconds.saturating_mul(1_000));
    match answer {
        Answer::Body { bytes, max_age_s } => {
            if let Some(ReadSet { set, unusable }) = KeySet::parse(bytes) {
                let usable = set.len();
                let changed = keys.fetched(ticket, set, milliseconds(max_age_s), now_ms);
                return Learnt::Keys { usable, unusable, changed };
            }
        }
        Answer::Unchanged { max_age_s } => {
            if keys.unchanged(ticket, milliseconds(max_age_s), now_ms) {
                let usable = keys.state().keys;
                return Learnt::Keys { usable, unusable: Vec::new(), changed: false };
            }
            return Learnt::Nothing;
        }
        Answer::Failed => (),
    }
    keys.failed(ticket, now_ms);
    Learnt::Nothing
}
