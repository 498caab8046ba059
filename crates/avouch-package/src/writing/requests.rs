//! What auditor and management said to each other, with the proof that nothing of it is left out.
//!
//! Most of it is said after the period. So it is shown under a checkpoint of its own, which grew from
//! the package's: that one stays as it was, because samples are drawn by it.

use super::kinds::Done;
use super::{BuildError, Engaged, Folder, Order, Pieces};
use crate::acts::{Asked, Selection, Spoken, fold};
use crate::books::{Books, Keys, Wanted};
use crate::canonical;
use crate::populations::Row;
use avouch_ledger::format::{EntryHeader, fields};
use avouch_ledger::keys::{IndexKey, Secret32};
use avouch_ledger::merkle::consistency_proof;
use avouch_ledger::search::{Blinded, Exporting, Question, Shown};
use avouch_ledger::view::ViewError;
use avouch_model::fact::engagement::Engagement as Act;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};

/// All that was said.
#[derive(Debug)]
pub(crate) struct Talk {
    /// Each request with what was said about it.
    pub(crate) asked: Vec<Asked>,
    /// What was said about no request.
    pub(crate) others: Vec<Spoken>,
    /// Acts in entries from here on are not in it.
    pub(crate) end: u64,
}

/// The keys of what was said, and of nothing else.
struct OfActs<'a> {
    keys: &'a mut Keys,
    nonces: BTreeSet<[u8; 24]>,
}

impl Shown for OfActs<'_> {
    fn blinded(&mut self, period: u32, question: &Question) -> Option<(Blinded, IndexKey)> {
        let keys = self.keys.of(period)?;
        Some((keys.blind(question.field, &question.value), keys.shown().clone()))
    }

    fn record_key(&mut self, header: &EntryHeader) -> Option<Secret32> {
        if self.nonces.contains(&header.nonce) { self.keys.record(header) } else { None }
    }
}

/// The ledger under the first checkpoint that covers the last act; `None` where the package's does.
pub(crate) fn later(
    books: &Books,
    order: &Order<'_>,
    engaged: &Engaged,
) -> Result<Option<Books>, BuildError> {
    let period = order.engagement.period;
    let wanted = Wanted {
        period: period.from_ms..period.to_ms,
        entry: Some(engaged.last()),
        witnesses: order.witnesses.map(|(policy, _)| policy),
    };
    let later = Books::open(order.storage.clone(), order.identity, &wanted)?;
    Ok((later.signed.size > books.signed.size).then_some(later))
}

/// Writes what was said, and judges whether what answers refer to is there.
pub(crate) fn write(
    folder: &Folder,
    (books, later): (&Books, &Books),
    done: &Done,
    order: &mut Order<'_>,
    engaged: Engaged,
) -> Result<Talk, BuildError> {
    let engagement = order.engagement;
    let end = later.search()?.covered();
    let mut rows = folder.begin("requests/acts.ndjson", "request")?;
    for row in &engaged.acts {
        rows.text(&row.line())?;
    }
    folder.end(rows)?;
    let mut out = folder.begin("requests/proof.ndjson", "proof")?;
    let value = engagement.evidence_id().into_bytes();
    let about = Exporting {
        storage: order.storage.clone(),
        genesis: &later.genesis,
        checkpoint: &later.note,
        range: Some(0..end),
        question: Some(Question { field: fields::OBJECT, value }),
    };
    let mut shown = OfActs { keys: order.keys, nonces: engaged.nonces };
    let written = about.write(&mut shown, &mut out);
    written.map_err(|error| BuildError::Export("engagement", error))?;
    folder.end(out)?;
    if later.signed.size > books.signed.size {
        let path = consistency_proof(&mut later.tree()?, books.signed.size, later.signed.size)?;
        let path = path.ok_or(ViewError::TooFew(books.signed.size))?;
        let proof: Vec<String> = path.iter().map(|hash| hash.to_hex()).collect();
        let value = json!({ "later": later.note.to_string(), "proof": proof });
        folder.write("requests/consistency.json", "proof", &canonical::encode(&value))?;
    }
    let key = engagement.auditor_key();
    let mut holds = |act: &Act| holds(act, folder, done, &engaged.handed_in);
    let said: Vec<Spoken> =
        engaged.acts.iter().filter_map(|row| Spoken::of(row, key.as_ref(), &mut holds)).collect();
    let (about, others) = said.into_iter().partition(|spoken| spoken.act.request.is_some());
    Ok(Talk { asked: fold(about, key.is_some()), others, end })
}

/// Whether what an answer refers to is there.
fn holds(act: &Act, folder: &Folder, done: &Done, handed_in: &Pieces) -> bool {
    if let Some((id, digest)) = act.evidence.clone().zip(act.digest) {
        let piece = (id, digest.to_string());
        return done.evidence.contains(&piece) || handed_in.contains(&piece);
    }
    let name = act.population.as_deref().unwrap_or_default();
    if !done.populations.iter().any(|population| population.definition.name == name) {
        return false;
    }
    let Some(mut selection) = Selection::begin(&act.filter, act.end.unwrap_or(0)) else {
        return false;
    };
    let Ok(file) = File::open(folder.path(&format!("populations/{name}.ndjson"))) else {
        return false;
    };
    let mut from = BufReader::new(file);
    let mut line = Vec::new();
    while matches!(from.read_until(b'\n', &mut line), Ok(read) if read > 0) {
        // What was written a moment ago is a row.
        if let Ok(row) = Row::parse(&line) {
            selection.push(&row);
        }
        line.clear();
    }
    act.count == Some(selection.count())
        && act.root.is_some_and(|root| root.0 == selection.root().0)
}
