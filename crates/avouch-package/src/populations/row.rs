//! One item of a population, as a line of JSON.

use crate::canonical;
use avouch_ledger::merkle::Hash;
use serde_json::{Map, Value, json};

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The kind of the fact.
    pub kind: String,
    /// Its entry in the ledger.
    pub index: u64,
    /// The hash of the entry.
    pub leaf: Hash,
    /// When it was written down, in milliseconds since 1970.
    pub time_ms: u64,
    /// What it says, without what is withheld.
    pub fact: Map<String, Value>,
    /// What is withheld: a commitment for each field.
    pub withheld: Map<String, Value>,
}

/// A line is no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the line is no row of a population")]
pub struct RowError;

impl Row {
    /// The row as a line.
    pub fn line(&self) -> String {
        let mut value = json!({
            "fact": self.fact,
            "index": canonical::number(self.index),
            "kind": self.kind,
            "leaf": self.leaf.to_hex(),
            "time_ms": canonical::number(self.time_ms),
        });
        if let Some(members) = value.as_object_mut().filter(|_| !self.withheld.is_empty()) {
            members.insert("withheld".to_owned(), Value::Object(self.withheld.clone()));
        }
        canonical::line(&value)
    }

    /// Reads a line.
    pub fn parse(line: &[u8]) -> Result<Self, RowError> {
        let text = line.strip_suffix(b"\n").ok_or(RowError)?;
        let Some(Value::Object(mut members)) = canonical::parse(text) else {
            return Err(RowError);
        };
        let number = |value: Option<Value>| value.as_ref().and_then(Value::as_u64);
        let object = |value: Option<Value>| match value {
            Some(Value::Object(members)) => Some(members),
            _ => None,
        };
        let withheld = match members.remove("withheld") {
            None => Map::new(),
            other => object(other).filter(|withheld| !withheld.is_empty()).ok_or(RowError)?,
        };
        let leaf = members.remove("leaf").as_ref().and_then(Value::as_str).and_then(hash);
        let kind = members.remove("kind").and_then(|kind| kind.as_str().map(str::to_owned));
        let row = Self {
            kind: kind.ok_or(RowError)?,
            index: number(members.remove("index")).ok_or(RowError)?,
            leaf: leaf.ok_or(RowError)?,
            time_ms: number(members.remove("time_ms")).ok_or(RowError)?,
            fact: object(members.remove("fact")).ok_or(RowError)?,
            withheld,
        };
        if members.is_empty() { Ok(row) } else { Err(RowError) }
    }
}

/// A hash of 64 hexadecimal digits.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    Hash::from_slice(&avouch_ledger::format::canonical::from_hex(text)?)
}
