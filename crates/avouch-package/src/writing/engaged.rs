//! What the ledger holds about an engagement: the digest of what was agreed, and all acts since.

use super::{BuildError, Order, Pieces, piece};
use crate::acts::ACTS_MAX;
use crate::canonical;
use crate::populations::Row;
use avouch_ledger::format::{EntryHeader, RECORD, Record, fields};
use avouch_ledger::keys::open_record;
use avouch_ledger::merkle::{Hash, leaf_hash};
use avouch_ledger::search::{Entries, Found, Search};
use avouch_model::coding::Kind;
use avouch_model::fact;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What is there.
#[derive(Debug)]
pub(crate) struct Engaged {
    /// The entry that holds the digest of what was agreed.
    pub(crate) opened: u64,
    /// Its nonce.
    pub(crate) nonce: [u8; 24],
    /// The acts, ascending by entry.
    pub(crate) acts: Vec<Row>,
    /// Documents that were handed in for the engagement.
    pub(crate) handed_in: Pieces,
    /// Nonces of all of these records.
    pub(crate) nonces: BTreeSet<[u8; 24]>,
}

impl Engaged {
    /// Looks for all of it, in the whole ledger: what is asked after a period is about it too.
    pub(crate) fn find(order: &mut Order<'_>, agreed: &Hash) -> Result<Self, BuildError> {
        let id = order.engagement.evidence_id();
        let origin_hash = Hash::of(order.identity.name().as_bytes());
        let size = Entries::open(order.storage.clone())?.size()?;
        let mut search = Search::open(order.storage.clone(), origin_hash, size)?;
        let keys = std::cell::RefCell::new(&mut *order.keys);
        let read = |entry: &[u8]| {
            let (header, payload) = EntryHeader::parse(entry).ok()?;
            let mut keys = keys.borrow_mut();
            let keys = (header.kind == RECORD).then(|| keys.of(header.period)).flatten()?;
            let record = open_record(keys, &origin_hash, &header, payload).ok()?;
            Some((header, record))
        };
        let blind =
            |period, _| Some(keys.borrow_mut().of(period)?.blind(fields::OBJECT, id.as_bytes()));
        let mut opened = None;
        let mut found = Vec::new();
        let mut nonces = BTreeSet::new();
        let mut handed_in = Pieces::new();
        search.each(0..size, 1, blind, |index, entry| {
            let Found::Entry(entry) = entry else { return ControlFlow::Continue(()) };
            let Some((header, record)) = read(&entry) else { return ControlFlow::Continue(()) };
            let known = |kind: &'static Kind| says(kind, &record, &id);
            if let Some(fact) = known(&fact::evidence::KIND) {
                nonces.insert(header.nonce);
                handed_in.extend(piece(&fact::evidence::KIND, &fact));
                if opened.is_none() && fact.get("digest") == Some(&json!(agreed.to_hex())) {
                    opened = Some((index, header.nonce));
                }
            } else if let Some(fact) = known(&fact::engagement::KIND) {
                nonces.insert(header.nonce);
                let (leaf, time_ms) = (leaf_hash(&entry), header.time_ms);
                let kind = fact::engagement::KIND.name.to_owned();
                found.push(Row { kind, index, leaf, time_ms, fact, withheld: Map::new() });
            }
            if found.len() > ACTS_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if found.len() > ACTS_MAX {
            return Err(BuildError::Other(format!("the engagement has more than {ACTS_MAX} acts")));
        }
        let (opened, nonce) = opened.ok_or(BuildError::Unopened(id))?;
        Ok(Self { opened, nonce, acts: found, handed_in, nonces })
    }

    /// The last entry about it.
    pub(crate) fn last(&self) -> u64 {
        self.acts.last().map_or(self.opened, |act| act.index.max(self.opened))
    }

    /// Pieces of evidence that answers refer to.
    pub(crate) fn evidence(&self) -> Pieces {
        let one = |row: &Row| {
            let text = |name: &str| Some(row.fact.get(name)?.as_str()?.to_owned());
            Some((text("evidence")?, text("digest")?))
        };
        self.acts.iter().filter_map(one).collect()
    }
}

/// The fact in a record, if it is of a kind and about this engagement.
fn says(kind: &'static Kind, record: &Record, id: &str) -> Option<Map<String, Value>> {
    let body = (record.kind == kind.number).then_some(&record.body)?;
    let Value::Object(fact) = canonical::plain((kind.json)(body).ok()?) else { return None };
    (fact.get("id").and_then(Value::as_str) == Some(id)).then_some(fact)
}
