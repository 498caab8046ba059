//! Marked requests that the auditor sent through the period, looked for in the ledger.
//!
//! Cryptography shows that nothing was taken out of the ledger, and not that everything came into it.
//! Requests of which the operator did not know that they are counted bound what was lost on the way.

use super::{BuildError, Folder, Order};
use crate::books::Books;
use crate::canary;
use crate::canonical;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::keys::open_record;
use avouch_ledger::merkle::{Hash, leaf_hash};
use avouch_ledger::search::{Found, StoredTree};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Looks for each; gives how many there are, and how many are missing. `None` without a list.
pub(crate) fn write(
    folder: &Folder,
    books: &Books,
    order: &mut Order<'_>,
) -> Result<Option<(u64, u64)>, BuildError> {
    let Some(sent) = order.canaries else { return Ok(None) };
    if order.engagement.canaries != Some(Hash::of(sent.as_bytes()).to_hex()) {
        return Err(BuildError::Canaries);
    }
    folder.write("canaries/sent.txt", "canaries", sent)?;
    let mut out = folder.begin("canaries/found.ndjson", "proof")?;
    let places = find(books, order, &canary::markers(sent).collect())?;
    let mut tree = books.tree()?;
    let mut entries = books.entries()?;
    let (mut all, mut missing) = (0, 0);
    for marker in canary::markers(sent) {
        all += 1;
        let value = if let Some(index) = places.get(marker) {
            let entry = entries.entry(*index)?;
            shown((marker, *index, &entry), books, &mut tree, order)?
        } else {
            missing += 1;
            json!({ "canary": marker, "missing": true })
        };
        out.text(&canonical::line(&value))?;
    }
    folder.end(out)?;
    let summary = canary::summary(all, missing);
    folder.write("canaries/summary.json", "canaries", &canonical::encode(&summary))?;
    Ok(Some((all, missing)))
}

/// A record that was found, with the proof that it is in the ledger and the key that opens it.
fn shown(
    (marker, index, entry): (&str, u64, &[u8]),
    books: &Books,
    tree: &mut StoredTree,
    order: &mut Order<'_>,
) -> Result<Value, BuildError> {
    let key = EntryHeader::parse(entry).ok().and_then(|(header, _)| order.keys.record(&header));
    let key = key.ok_or(BuildError::Sealed(index))?;
    let under = (books.signed.size, &books.signed.root);
    let path = tree.inclusion((index, &leaf_hash(entry)), under)?;
    Ok(json!({
        "canary": marker,
        "entry": to_hex(entry),
        "index": canonical::number(index),
        "key": to_hex(key.danger_bytes()),
        "proof": path.iter().map(|hash| hash.to_hex()).collect::<Vec<_>>(),
    }))
}

/// The first record of the period that bears each marker, all looked for in one pass.
fn find<'a>(
    books: &Books,
    order: &mut Order<'_>,
    wanted: &BTreeSet<&'a str>,
) -> Result<BTreeMap<&'a str, u64>, BuildError> {
    let origin_hash = books.origin_hash();
    let period = order.engagement.period;
    let keys = RefCell::new(&mut *order.keys);
    let mut first = BTreeMap::new();
    let mut look = |index: u64, entry: &[u8]| {
        let (header, payload) = EntryHeader::parse(entry).ok()?;
        if header.kind != RECORD || !period.contains(header.time_ms) {
            return None;
        }
        let mut keys = keys.borrow_mut();
        let record = open_record(keys.of(header.period)?, &origin_hash, &header, payload).ok()?;
        let terms = record.terms.iter().map(|term| (term.field, &term.value[..]));
        for mark in canary::marks(terms).filter_map(|mark| std::str::from_utf8(mark).ok()) {
            if let Some(marker) = wanted.get(mark) {
                first.entry(*marker).or_insert(index);
            }
        }
        (first.len() == wanted.len()).then_some(())
    };
    let asked: Vec<(u8, &str)> =
        wanted.iter().flat_map(|marker| canary::PLACES.map(|field| (field, *marker))).collect();
    let blind = |period, number: usize| {
        let (field, value) = asked.get(number)?;
        Some(keys.borrow_mut().of(period)?.blind(*field, value.as_bytes()))
    };
    books.search()?.any(0..books.signed.size, asked.len(), blind, |index, found| match found {
        Found::Entry(entry) if look(index, &entry).is_some() => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })?;
    Ok(first)
}
