//! Marked requests that the auditor sent through the period, looked for in the ledger.
//!
//! Cryptography shows that nothing was taken out of the ledger, and not that everything came into it.
//! Requests of which the operator did not know that they are counted bound what was lost on the way.

use super::{BuildError, Folder, Order};
use crate::books::Books;
use crate::canary;
use crate::canonical;
use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::keys::open_record;
use avouch_ledger::merkle::{Hash, leaf_hash};
use avouch_ledger::search::Found;
use serde_json::json;
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
    let (mut search, mut tree) = (books.search()?, books.tree()?);
    let (mut all, mut missing) = (0, 0);
    for marker in canary::markers(sent) {
        all += 1;
        let found = find(books, &mut search, order, marker)?;
        let value = if let Some((index, entry, key)) = found {
            let under = (books.signed.size, &books.signed.root);
            let path = tree.inclusion((index, &leaf_hash(&entry)), under)?;
            json!({
                "canary": marker,
                "entry": avouch_ledger::format::canonical::to_hex(&entry),
                "index": canonical::number(index),
                "key": avouch_ledger::format::canonical::to_hex(&key),
                "proof": path.iter().map(|hash| hash.to_hex()).collect::<Vec<_>>(),
            })
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

/// A record that was found: where it is, its entry and its key.
type Hit = (u64, Vec<u8>, [u8; 32]);

fn find(
    books: &Books,
    search: &mut avouch_ledger::search::Search,
    order: &mut Order<'_>,
    marker: &str,
) -> Result<Option<Hit>, BuildError> {
    let origin_hash = books.origin_hash();
    let period = order.engagement.period;
    let keys = std::cell::RefCell::new(&mut *order.keys);
    let mut hit = None;
    let fits = |entry: &[u8]| {
        let (header, payload) = EntryHeader::parse(entry).ok()?;
        if header.kind != RECORD || !period.contains(header.time_ms) {
            return None;
        }
        let mut keys = keys.borrow_mut();
        let record = open_record(keys.of(header.period)?, &origin_hash, &header, payload).ok()?;
        let bears =
            canary::bears(marker, record.terms.iter().map(|term| (term.field, &term.value[..])));
        if bears { keys.record(&header).map(|key| *key.danger_bytes()) } else { None }
    };
    for (field, value) in canary::places(marker) {
        let blind = |period, _| Some(keys.borrow_mut().of(period)?.blind(field, value.as_bytes()));
        search.each(0..books.signed.size, 1, blind, |index, found| {
            if let Found::Entry(entry) = found
                && let Some(key) = fits(&entry)
            {
                hit = Some((index, entry, key));
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        if hit.is_some() {
            break;
        }
    }
    Ok(hit)
}
