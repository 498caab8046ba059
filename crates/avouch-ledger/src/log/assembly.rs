//! The next block: entries in their final order, not yet on the disk.

use super::fold::{Fold, FoldError};
use super::hashes::Leaves;
use super::index::Pending;
use crate::format::control::{Act, Approval, Control};
use crate::format::{BODY_BYTES_MAX, BlockHeader, ENTRIES_MAX, EntryHeader};
use crate::merkle::{ENTRY_BYTES_MAX, Hash, leaf_hash, push_entry};

/// Entries that go to the disk together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The index of the first entry.
    pub(crate) first: u64,
    /// Room for the header of the block, then the entries as a bundle.
    pub(crate) bytes: Vec<u8>,
    /// Their leaf hashes.
    pub(crate) leaves: Vec<Hash>,
}

impl Batch {
    /// Empties it, keeps its memory, and lets it begin at an index.
    pub(crate) fn begin(&mut self, first: u64) {
        self.first = first;
        self.leaves.clear();
        self.bytes.clear();
        self.bytes.resize(BlockHeader::BYTES, 0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    fn has_room(&self, entry_bytes: usize) -> bool {
        self.leaves.len() < ENTRIES_MAX as usize
            && self.bytes.len() + 2 + entry_bytes <= BlockHeader::BYTES + BODY_BYTES_MAX
    }
}

/// Why an entry was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    /// The block is full: it must be written first.
    #[error("the block is full")]
    Full,
    /// The entry was sealed too long ago, or its period is closed: it must be sealed again.
    #[error("the entry was sealed too long ago")]
    Stale,
    /// The entry cannot follow what is there: a mistake of ours.
    #[error("the entry cannot follow what is there")]
    Fold(#[from] FoldError),
}

/// The state behind the newest entry, and the block that is being filled.
#[derive(Debug)]
pub(crate) struct Assembly {
    pub(crate) fold: Fold,
    pub(crate) batch: Batch,
    pub(crate) pending: Pending,
    pub(crate) leaves: Leaves,
    /// Whether the one who writes waits to be woken, since it looked last.
    pub(crate) writer_waits: bool,
}

/// Room that every block keeps for control entries, so that a record never takes the last place.
const RESERVED_BYTES: usize = ENTRY_BYTES_MAX + 4096;

impl Assembly {
    pub(crate) fn new(fold: Fold) -> Self {
        let mut batch = Batch::default();
        batch.begin(fold.size);
        let leaves = Leaves::from(fold.size);
        Self { fold, batch, pending: Pending::default(), leaves, writer_waits: false }
    }

    /// Whether a record of that length may be taken now.
    pub(crate) fn has_room(&self, entry_bytes: usize) -> bool {
        !self.waits_for_index() && self.batch.has_room(entry_bytes + RESERVED_BYTES)
    }

    /// Appends a sealed record whose header says when and in which period. Gives its index.
    pub(crate) fn push_record(
        &mut self,
        header: &EntryHeader,
        entry: &[u8],
        leaf: Hash,
        terms: &[[u8; 8]],
    ) -> Result<u64, PushError> {
        if !self.fold.open.contains_key(&header.period)
            || header.time_ms < *self.fold.times().start()
        {
            return Err(PushError::Stale);
        }
        if !self.has_room(entry.len()) {
            return Err(PushError::Full);
        }
        // If the clock stepped, that is written down before it.
        self.mend_clock(header.time_ms)?;
        let index = self.fold.size;
        self.fold.record(header)?;
        self.pending.push(index, header.period, terms);
        self.put(entry, leaf);
        Ok(index)
    }

    /// Appends a control entry at a time. Gives its index.
    pub(crate) fn push_control(
        &mut self,
        act: Act,
        approval: Option<Approval>,
        time_ms: u64,
    ) -> Result<u64, PushError> {
        let exempt = matches!(act, Act::Boot { .. } | Act::Clock { .. });
        let time_ms = if exempt || matches!(act, Act::Genesis { .. }) {
            time_ms
        } else {
            self.mend_clock(time_ms)?;
            time_ms
        };
        let index = self.fold.size;
        let header = EntryHeader::control(act.kind(), time_ms);
        let control = Control { previous: self.fold.control, act, approval };
        let entry = [&header.encode()[..], control.encode().as_bytes()].concat();
        if entry.len() > ENTRY_BYTES_MAX || !self.batch.has_room(entry.len()) {
            return Err(PushError::Full);
        }
        let leaf = leaf_hash(&entry);
        let kind = header.kind;
        self.fold.control(&header, control, leaf)?;
        self.pending.push_control(index, kind);
        self.put(&entry, leaf);
        Ok(index)
    }

    /// Writes down that the clock stepped, if a time does not follow from what is there.
    fn mend_clock(&mut self, time_ms: u64) -> Result<(), PushError> {
        if self.fold.times().contains(&time_ms) {
            return Ok(());
        }
        let act = Act::Clock { from_ms: self.fold.latest_ms, to_ms: time_ms };
        self.push_control(act, None, time_ms).map(|_| ())
    }

    fn put(&mut self, entry: &[u8], leaf: Hash) {
        // The length was checked before.
        let _ = push_entry(&mut self.batch.bytes, entry);
        self.batch.leaves.push(leaf);
        self.leaves.push(leaf);
    }

    /// Takes the block away and begins the next one in the memory of another.
    pub(crate) fn take(&mut self, spare: Batch) -> Batch {
        let mut batch = spare;
        batch.begin(self.fold.size);
        std::mem::swap(&mut batch, &mut self.batch);
        batch
    }
}
