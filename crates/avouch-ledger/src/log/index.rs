//! Rounds of the search index: what records can be found by, blinded and committed to.
//!
//! From time to time an entry says, for each period, how many records and terms there were and the
//! root over their postings. So an answer to a question can be proven to leave nothing out. The files
//! of postings are derived: they can be made again. One more of them in each round lists the control
//! entries; nothing commits to it, for their chain does.

use super::assembly::{Assembly, PushError};
use super::core::Core;
use super::hashes::Leaves;
use super::open::OpenError;
use super::postings::{CONTROL, INDEX, Postings, Term, control_term, postings_path};
use crate::format::control::{Act, Index};
use crate::format::{Day, EntryHeader, RECORD};
use crate::keys::{PeriodKeys, open_record};
use crate::merkle::{Hash, leaf_hash};
use crate::storage::{Storage, replace};
use crate::view::{Item, View};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// LIMIT: entries of a round.
const ROUND_ENTRIES: u64 = if cfg!(test) { 64 } else { 65_536 };

/// Entries beyond the last round at which those who append are held back. A verifier takes offence
/// at 131,072.
const BEYOND_ENTRIES_MAX: u64 = 120_000;

/// How long after its last day's end a period is closed, in milliseconds.
const GRACE_MS: u64 = 60_000;

/// What no round covers yet, in the order of entries.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    records: Vec<(u64, u32)>,
    postings: Vec<(u64, u32, Term)>,
}

impl Pending {
    /// Takes in a record.
    pub(crate) fn push(&mut self, index: u64, period: u32, terms: &[Term]) {
        self.records.push((index, period));
        self.postings.extend(terms.iter().map(|term| (index, period, *term)));
    }

    /// Takes in a control entry.
    pub(crate) fn push_control(&mut self, index: u64, kind: u8) {
        self.postings.push((index, CONTROL, control_term(kind)));
    }

    /// Leaves one posting out, as a dishonest writer would.
    #[cfg(test)]
    pub(crate) fn forget_one(&mut self) {
        let record = self.postings.iter().position(|(_, period, _)| *period != CONTROL);
        record.map(|place| self.postings.remove(place));
    }

    /// Takes out what lies below an index.
    fn take(&mut self, end: u64) -> Self {
        let records = self.records.partition_point(|(index, _)| *index < end);
        let postings = self.postings.partition_point(|(index, ..)| *index < end);
        Self {
            records: self.records.drain(..records).collect(),
            postings: self.postings.drain(..postings).collect(),
        }
    }
}

/// Puts the postings of a round in order, for each period.
fn round_of(pending: Pending, first: u64) -> Vec<Postings> {
    let mut parts: BTreeMap<u32, (u64, Vec<(Term, u32)>)> = BTreeMap::new();
    for (_, period) in &pending.records {
        parts.entry(*period).or_default().0 += 1;
    }
    for (index, period, term) in pending.postings {
        let position = u32::try_from(index - first).unwrap_or(u32::MAX);
        parts.entry(period).or_default().1.push((term, position));
    }
    let parts = parts.into_iter();
    parts.map(|(period, (records, postings))| Postings::of(period, records, postings)).collect()
}

impl Assembly {
    /// Whether those who append must wait until a round was written.
    pub(crate) fn waits_for_index(&self) -> bool {
        self.fold.size - self.fold.indexed >= BEYOND_ENTRIES_MAX
    }

    fn round_is_due(&self) -> bool {
        self.fold.size - self.fold.indexed >= ROUND_ENTRIES
    }

    /// Whether there is something to write in the background, when `safe` entries are.
    pub(crate) fn upkeep_is_due(&self, safe: u64) -> bool {
        self.round_is_due() || self.leaves.are_due(safe)
    }
}

impl Core {
    /// Writes rounds of the index that are due.
    pub(crate) fn index_when_due(&self) -> Result<(), PushError> {
        while self.assembly().round_is_due() {
            self.write_round()?;
        }
        Ok(())
    }

    /// Writes rounds until the index covers all entries that are there now.
    pub(crate) fn index_all(&self) -> Result<(), PushError> {
        let _upkeep = self.upkeep_lock();
        let size = self.assembly().fold.size;
        while self.assembly().fold.indexed < size {
            self.write_round()?;
        }
        Ok(())
    }

    /// Writes one round, as long as may be. Only one thread does, so nothing comes between taking
    /// the postings and committing to them but entries of the next round.
    pub(crate) fn write_round(&self) -> Result<(), PushError> {
        let (first, end, pending) = {
            let mut assembly = self.assembly();
            let first = assembly.fold.indexed;
            let end = assembly.fold.size.min(first + ROUND_ENTRIES);
            (first, end, assembly.pending.take(end))
        };
        // What is not safe yet may turn out otherwise after a crash: nothing is derived from it.
        if self.durable().size < end && self.commit().is_err() {
            return Err(PushError::Full);
        }
        let round = round_of(pending, first);
        let of_records = round.iter().filter(|postings| postings.part.period != CONTROL);
        let parts = of_records.map(|postings| postings.part).collect();
        let act = Act::Index(Index { first, end, parts });
        let now = self.parts.clock.now_ms();
        loop {
            match self.assembly().push_control(act.clone(), None, now) {
                Ok(_) => break,
                Err(PushError::Full) => (),
                Err(other) => return Err(other),
            }
            if self.commit().is_err() {
                return Err(PushError::Full);
            }
        }
        self.room.notify_all();
        // Only now, so that no file of postings tells of a round that a crash undid.
        if self.commit().is_err() {
            return Err(PushError::Full);
        }
        for postings in &round {
            let bytes = postings.encode(&self.origin_hash, (first, end));
            // Derived: without it a search takes longer, and it can be made again.
            let _ = write_derived(
                self.parts.log.as_ref(),
                &postings_path(postings.part.period, first),
                &bytes,
            );
        }
        Ok(())
    }

    /// Closes the periods of days that are over, after the index covers them.
    pub(crate) fn close_periods(&self) -> Result<(), PushError> {
        let now = self.parts.clock.now_ms();
        let over = |day: Day| now >= day.end_ms().saturating_add(GRACE_MS);
        let due: Vec<u32> = {
            let assembly = self.assembly();
            let open = assembly.fold.open.iter();
            open.filter(|(_, period)| over(period.day)).map(|(number, _)| *number).collect()
        };
        for period in due {
            self.close_period(period, now)?;
        }
        Ok(())
    }

    fn close_period(&self, period: u32, now: u64) -> Result<(), PushError> {
        loop {
            let mut assembly = self.assembly();
            let Some(open) = assembly.fold.open.get(&period) else { return Ok(()) };
            if open.members.is_below(assembly.fold.indexed) {
                let (entries, members) = (open.members.count(), open.members.hash());
                let act = Act::PeriodClose { period, entries, members };
                match assembly.push_control(act, None, now) {
                    Err(PushError::Full) => (),
                    other => return other.map(|_| ()),
                }
                drop(assembly);
                if self.commit().is_err() {
                    return Err(PushError::Full);
                }
            } else {
                drop(assembly);
                self.write_round()?;
            }
        }
    }

    /// Takes in the entries that no round covers, and leaf hashes that no file holds, after the
    /// ledger was opened.
    pub(crate) fn take_pending(&self) -> Result<(), OpenError> {
        let (indexed, size, open) = {
            let assembly = self.assembly();
            let fold = &assembly.fold;
            (fold.indexed, fold.size, fold.open.keys().copied().collect::<Vec<_>>())
        };
        let leaves = Leaves::from(size);
        let from = indexed.min(leaves.first());
        let ring = super::core::lock(&self.ring);
        let mut keys = BTreeMap::new();
        for period in open {
            let secret = ring.secret(period, &self.kek())?;
            let derived = PeriodKeys::new(&self.origin_hash, &secret);
            keys.insert(period, derived.map_err(|_| OpenError::Index(from))?);
        }
        drop(ring);
        let mut assembly = self.assembly();
        assembly.leaves = leaves;
        let mut failed = None;
        let view = View::open(self.parts.log.clone()).map_err(|_| OpenError::Index(from))?;
        let mut next_leaf = assembly.leaves.first();
        let walked = view.walk_items(from, |index, item| {
            let entry = match item {
                Item::Entry(entry) => {
                    if index >= next_leaf {
                        assembly.leaves.push(leaf_hash(entry));
                    }
                    entry
                }
                Item::Hole { level, hash, .. } => {
                    for _ in next_leaf.max(index)..index + item.span() {
                        if level == 0 {
                            assembly.leaves.push(hash);
                        } else {
                            assembly.leaves.push_unknown();
                        }
                    }
                    // What is gone was covered by a round before.
                    next_leaf = next_leaf.max(index + item.span());
                    return ControlFlow::Continue(());
                }
            };
            next_leaf = next_leaf.max(index + 1);
            if index < indexed {
                return ControlFlow::Continue(());
            }
            match blinded(&keys, &self.origin_hash, entry) {
                Ok((CONTROL, terms)) => {
                    let kind = terms.first().map_or(0, |[.., kind]| *kind);
                    assembly.pending.push_control(index, kind);
                }
                Ok((period, terms)) => assembly.pending.push(index, period, &terms),
                Err(()) => {
                    failed = Some(index);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        });
        match (walked, failed) {
            (Ok(_), None) => Ok(()),
            (_, failed) => Err(OpenError::Index(failed.unwrap_or(from))),
        }
    }
}

/// The period and the blinded terms of a record; what stands for its type of a control entry.
fn blinded(
    keys: &BTreeMap<u32, PeriodKeys>,
    origin_hash: &Hash,
    entry: &[u8],
) -> Result<(u32, Vec<Term>), ()> {
    let (header, payload) = EntryHeader::parse(entry).map_err(|_| ())?;
    if header.kind != RECORD {
        return Ok((CONTROL, vec![control_term(header.kind)]));
    }
    let keys = keys.get(&header.period).ok_or(())?;
    let record = open_record(keys, origin_hash, &header, payload).map_err(|_| ())?;
    let blind = |term: &crate::format::Term| keys.blind(term.field, &term.value);
    Ok((header.period, record.terms.iter().map(blind).collect()))
}

fn write_derived(storage: &dyn Storage, path: &str, bytes: &[u8]) -> std::io::Result<()> {
    storage.create_folder(INDEX)?;
    replace(storage, path, bytes)
}
