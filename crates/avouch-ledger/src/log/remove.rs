//! Taking what must go out of the files: records of purged periods, and redacted ones.
//!
//! A file that holds any is replaced by one that holds their hashes instead, so that the tree and
//! all proofs of the rest stay.

use super::core::Core;
use super::fold::Leftovers;
use super::kept::{Item, KEPT, KeptHeader, KeptWriter, kept_path};
use super::packs::remove_packs;
use super::postings::INDEX;
use super::read::{ReadError, SEGMENTS, segment_path};
use super::stored::{Stored, each_item, stored};
use crate::format::{EntryHeader, RECORD};
use crate::merkle::{Hash, leaf_hash};
use crate::storage::{PENDING, Storage};
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::ops::{ControlFlow, Range};

/// Why something that must go is there yet.
#[derive(Debug, thiserror::Error)]
pub enum RemoveError {
    /// A file cannot be read, written or removed.
    #[error("a file of entries could not be replaced")]
    Io(#[from] io::Error),
    /// A file cannot be read.
    #[error("a file of entries could not be replaced")]
    Read(#[from] ReadError),
    /// A file has not the entries it should have.
    #[error("the file of the entries from {0:016x} on is damaged")]
    Damaged(u64),
}

impl Leftovers {
    fn is_empty(&self) -> bool {
        self.periods.is_empty() && self.records.is_empty()
    }

    /// Whether anything of it may be among these entries.
    fn touches(&self, entries: &Range<u64>) -> bool {
        let meets = |range: &Range<u64>| range.start < entries.end && entries.start < range.end;
        self.periods.values().any(meets) || self.records.range(entries.clone()).next().is_some()
    }

    /// Whether an entry must go.
    pub(super) fn takes(&self, index: u64, entry: &[u8]) -> bool {
        self.instead(index, Item::Entry(entry)).is_some()
    }

    /// What stands in the place of an item, if it must go.
    fn instead(&self, index: u64, item: Item<'_>) -> Option<Item<'static>> {
        let Item::Entry(entry) = item else { return None };
        let (header, _) = EntryHeader::parse(entry).ok()?;
        let redacted = self.records.contains(&index);
        let gone = redacted || self.periods.contains_key(&header.period);
        let period = header.period;
        let hole = || Item::Hole { period, level: 0, hash: leaf_hash(entry), redacted };
        (gone && header.kind == RECORD).then(hole)
    }
}

impl Core {
    /// Takes out of the files what must go. It may be called at any time, and again.
    pub(crate) fn remove_leftovers(&self) -> Result<(), RemoveError> {
        let (leftovers, purged, size, pack_entries) = {
            let assembly = self.assembly();
            let fold = &assembly.fold;
            let pack_entries = fold.policy.pack_entries;
            (fold.leftovers.clone(), fold.purged.clone(), fold.size, pack_entries)
        };
        let storage = self.parts.log.as_ref();
        if !leftovers.is_empty() {
            // Before the entries are gone: by them a crash here is noticed afterwards.
            remove_packs(storage, &leftovers, pack_entries)?;
        }
        let end = self.end_segment(&leftovers).unwrap_or(size);
        let files = stored(storage)?;
        let ends = files.iter().skip(1).map(|file| file.first).chain([end]);
        for (file, end) in files.iter().zip(ends) {
            if file.kept && file.segment {
                // It was replaced, and the crash came before it was removed.
                storage.sync_folder(KEPT)?;
                remove_segment(storage, file.first)?;
            }
            let entries = file.first..end;
            if leftovers.touches(&entries) {
                rewrite(storage, &self.origin_hash, *file, &entries, &leftovers)?;
            }
        }
        remove_postings(storage, &purged)?;
        let mut assembly = self.assembly();
        let left = &mut assembly.fold.leftovers;
        left.periods.retain(|period, _| !leftovers.periods.contains_key(period));
        left.records.retain(|index| !leftovers.records.contains(index));
        Ok(())
    }

    /// Lets the next block begin another segment, if the one in use holds what must go. Gives where
    /// the files that are written no more end.
    fn end_segment(&self, leftovers: &Leftovers) -> Option<u64> {
        let mut output = self.output();
        let size = output.writer.frontier.size();
        let first = output.writer.segment.as_ref()?.first;
        if leftovers.is_empty() || !leftovers.touches(&(first..size)) {
            return Some(first);
        }
        output.writer.segment = None;
        // The file in which the state ends will be another.
        output.put_away = 0;
        Some(size)
    }
}

/// Replaces a file of entries if it holds what must go.
fn rewrite(
    storage: &dyn Storage,
    origin_hash: &Hash,
    file: Stored,
    entries: &Range<u64>,
    leftovers: &Leftovers,
) -> Result<(), RemoveError> {
    let mut found = false;
    let ended = each_item(storage, file, |index, item| {
        found |= leftovers.instead(index, item).is_some();
        ControlFlow::Continue(())
    })?;
    if ended.next != entries.end {
        return Err(RemoveError::Damaged(file.first));
    }
    if !found {
        return Ok(());
    }
    storage.create_folder(KEPT)?;
    storage.sync_folder("")?;
    let path = kept_path(file.first);
    let pending = format!("{path}{PENDING}");
    match storage.remove(&pending) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => (),
    }
    let (origin_hash, last) = (*origin_hash, ended.last);
    let header = KeptHeader { origin_hash, first: file.first, end: entries.end, last };
    let mut writer = KeptWriter::begin(storage.create(&pending)?, &header)?;
    let mut written = Ok(());
    let ended = each_item(storage, file, |index, item| {
        written = writer.push(leftovers.instead(index, item).unwrap_or(item));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    if ended.next != entries.end || ended.last != last {
        return Err(RemoveError::Damaged(file.first));
    }
    writer.finish()?;
    storage.rename(&pending, &path)?;
    storage.sync_folder(KEPT)?;
    if file.segment { remove_segment(storage, file.first) } else { Ok(()) }
}

fn remove_segment(storage: &dyn Storage, first: u64) -> Result<(), RemoveError> {
    storage.remove(&segment_path(first))?;
    Ok(storage.sync_folder(SEGMENTS)?)
}

/// Removes the postings of purged periods.
fn remove_postings(storage: &dyn Storage, purged: &BTreeSet<u32>) -> io::Result<()> {
    if purged.is_empty() {
        return Ok(());
    }
    let mut removed = false;
    for name in storage.list(INDEX)? {
        let period = name.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if period.is_some_and(|period| purged.contains(&period)) {
            storage.remove(&format!("{INDEX}/{name}"))?;
            removed = true;
        }
    }
    if removed { storage.sync_folder(INDEX) } else { Ok(()) }
}
