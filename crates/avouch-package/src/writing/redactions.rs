//! What is withheld from the auditor, so that the record still verifies.
//!
//! A record from which a field is withheld stays sealed; each withheld field has a commitment that is
//! keyed with the key of the record. So nobody can try values against it, and whoever is given the key
//! of this one record later sees everything, and that nothing was said otherwise.

use super::BuildError;
use crate::books::{Books, Keys};
use crate::canonical;
use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::search::Found;
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What keeps commitments apart from other digests.
const LABEL: &str = "avouch/withheld/v1";

/// Fields of one record that are withheld.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// The record.
    pub index: u64,
    /// Which of its fields.
    pub fields: BTreeSet<String>,
    /// Who decided it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The commitment to a withheld value, as hexadecimal digits.
pub fn commitment(record_key: &[u8; 32], field: &str, value: &Value) -> String {
    let key = Key::new(HMAC_SHA256, record_key);
    let message = [LABEL, "\0", field, "\0", &canonical::encode(value)].concat();
    avouch_ledger::format::canonical::to_hex(sign(&key, message.as_bytes()).as_ref())
}

/// Everything that is withheld.
#[derive(Debug, Default)]
pub(crate) struct Redactions {
    wanted: BTreeMap<u64, Redaction>,
    nonces: BTreeSet<[u8; 24]>,
    done: BTreeMap<u64, Value>,
}

/// A fact of which fields are withheld.
pub(crate) struct Withheld {
    pub(crate) fact: Map<String, Value>,
    pub(crate) commitments: Map<String, Value>,
}

impl Redactions {
    /// Looks the records up.
    pub(crate) fn of(given: &[Redaction], books: &Books) -> Result<Self, BuildError> {
        let mut all = Self::default();
        let mut entries = avouch_ledger::search::Entries::open(books.storage.clone())?;
        for redaction in given {
            let index = redaction.index;
            let refuse = |why| Err(BuildError::Redaction(index, why));
            let found = if index < books.signed.size { entries.get(index)? } else { None };
            let Some(Found::Entry(entry)) = found else { return refuse("it is not there") };
            match EntryHeader::parse(&entry) {
                Ok((header, _)) if header.kind == RECORD => all.nonces.insert(header.nonce),
                _ => return refuse("it is no record"),
            };
            if redaction.fields.is_empty() {
                return refuse("no field is named");
            }
            all.wanted.insert(index, redaction.clone());
        }
        Ok(all)
    }

    /// Whether a record is held back.
    pub(crate) fn holds_back(&self, header: &EntryHeader) -> bool {
        self.nonces.contains(&header.nonce)
    }

    /// Takes the withheld fields out of a fact.
    pub(crate) fn withhold(
        &self,
        index: u64,
        mut fact: Map<String, Value>,
        record_key: &[u8; 32],
    ) -> Result<Withheld, BuildError> {
        let refuse = |why| BuildError::Redaction(index, why);
        let redaction = self.wanted.get(&index).ok_or_else(|| refuse("nobody asked for it"))?;
        let mut commitments = Map::new();
        for field in &redaction.fields {
            let value = fact.remove(field).ok_or_else(|| refuse("it has no such field"))?;
            commitments.insert(field.clone(), json!(commitment(record_key, field, &value)));
        }
        Ok(Withheld { fact, commitments })
    }

    /// Notes that a record was withheld.
    pub(crate) fn note(&mut self, index: u64, kind: &str, withheld: &Withheld, of: &[&str]) {
        let Some(redaction) = self.wanted.get(&index) else { return };
        let noted = json!({
            "by": redaction.by,
            "commitments": withheld.commitments,
            "index": index,
            "kind": kind,
            "populations": of,
            "reason": redaction.reason,
        });
        self.done.insert(index, noted);
    }

    /// The list of what was withheld; a record that is in no proof cannot be withheld from it.
    pub(crate) fn list(&self) -> Result<Value, BuildError> {
        if let Some(index) = self.wanted.keys().find(|index| !self.done.contains_key(index)) {
            return Err(BuildError::Redaction(*index, "the package does not show it"));
        }
        Ok(json!({ "redactions": self.done.values().collect::<Vec<_>>() }))
    }
}

/// The key of a record, which must be there.
pub(crate) fn record_key(
    keys: &mut Keys,
    index: u64,
    header: &EntryHeader,
) -> Result<[u8; 32], BuildError> {
    keys.record(header).map(|key| *key.danger_bytes()).ok_or(BuildError::Sealed(index))
}
