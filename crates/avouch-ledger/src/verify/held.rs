//! The auditor's file: what he was given besides the log (`docs/ledger-format.md`, section 16).

use super::Knowledge;
use crate::format::canonical::from_hex;
use crate::format::control::KekVersion;
use crate::keys::Secret32;
use crate::merkle::Hash;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What was said when a record was taken: that this leaf would be at this index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The epoch whose key signed it.
    pub epoch: u32,
    /// The index.
    pub index: u64,
    /// The hash of the leaf.
    pub leaf: Hash,
    /// The signature.
    pub signature: [u8; 64],
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
}

/// What an auditor holds besides the keys of periods.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The log it is about.
    pub origin: Option<String>,
    /// The keys of single records, by index.
    pub records: BTreeMap<u64, Secret32>,
    /// Receipts.
    pub receipts: Vec<Receipt>,
    /// Fields and values that must be among the terms of opened records.
    pub canaries: BTreeSet<(u8, Vec<u8>)>,
    /// Records that were handed in since a start of the writer, as somebody else counted.
    pub upstream: BTreeMap<[u8; 16], u64>,
    /// Versions of the uppermost key whose destruction is confirmed; without it nobody was asked.
    pub destroyed: Option<Vec<KekVersion>>,
}

/// The file is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not what it should be")]
pub struct HeldError(pub &'static str);

fn hex<const N: usize>(value: Option<&Value>) -> Option<[u8; N]> {
    from_hex(value?.as_str()?)?.try_into().ok()
}

fn keys<K: Ord + std::str::FromStr>(value: &Value) -> Option<BTreeMap<K, Secret32>> {
    let key = |(number, key): (&String, &Value)| {
        Some((number.parse().ok()?, Secret32::new(hex(Some(key))?)))
    };
    value.as_object()?.iter().map(key).collect()
}

fn list<T>(value: &Value, read: fn(&Map<String, Value>) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(|value| read(value.as_object()?)).collect()
}

fn receipt(of: &Map<String, Value>) -> Option<Receipt> {
    Some(Receipt {
        epoch: of.get("epoch")?.as_u64()?.try_into().ok()?,
        index: of.get("index")?.as_u64()?,
        leaf: Hash(hex(of.get("leaf"))?),
        signature: hex(of.get("signature"))?,
        time_ms: of.get("time_ms")?.as_u64()?,
    })
}

fn canary(of: &Map<String, Value>) -> Option<(u8, Vec<u8>)> {
    let field = of.get("field")?.as_u64()?.try_into().ok()?;
    Some((field, from_hex(of.get("value")?.as_str()?)?))
}

fn upstream(of: &Map<String, Value>) -> Option<([u8; 16], u64)> {
    Some((hex(of.get("boot"))?, of.get("submitted")?.as_u64()?))
}

fn version(of: &Map<String, Value>) -> Option<KekVersion> {
    let version = of.get("version")?.as_u64()?.try_into().ok()?;
    Some(KekVersion { id: of.get("id")?.as_str()?.to_owned(), version })
}

impl Knowledge {
    /// Takes in the auditor's file. What it holds that is not known is refused, so that nobody takes
    /// it for checked.
    pub fn take_file(&mut self, bytes: &[u8]) -> Result<(), HeldError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_| HeldError("the file"))?;
        let members = value.as_object().ok_or(HeldError("the file"))?;
        let mut held = Held::default();
        for (name, value) in members {
            let (name, done) = match name.as_str() {
                "origin" => {
                    ("origin", value.as_str().map(|text| held.origin = Some(text.to_owned())))
                }
                "complete" => ("complete", value.as_bool().map(|all| self.complete = all)),
                "periods" => ("periods", keys(value).map(|keys| self.secrets = keys)),
                "records" => ("records", keys(value).map(|keys| held.records = keys)),
                "receipts" => ("receipts", list(value, receipt).map(|all| held.receipts = all)),
                "canaries" => {
                    let canaries = list(value, canary);
                    ("canaries", canaries.map(|all| held.canaries = all.into_iter().collect()))
                }
                "upstream" => {
                    let counts = list(value, upstream);
                    ("upstream", counts.map(|all| held.upstream = all.into_iter().collect()))
                }
                "destroyed" => {
                    ("destroyed", list(value, version).map(|all| held.destroyed = Some(all)))
                }
                _ => ("a member of the file", None),
            };
            done.ok_or(HeldError(name))?;
        }
        if held.origin.is_none() {
            return Err(HeldError("origin"));
        }
        self.held = held;
        Ok(())
    }
}
