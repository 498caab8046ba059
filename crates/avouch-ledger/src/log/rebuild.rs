//! Writing the segments of a log again from its entries.

use super::assembly::Batch;
use super::read::SEGMENTS;
use super::writer::{WriteError, Writer};
use crate::format::{BODY_BYTES_MAX, BlockHeader, ENTRIES_MAX};
use crate::merkle::{Frontier, Hash, Range, leaf_hash, push_entry};
use crate::storage::{Rng, Storage};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Bytes that go into a block, unless one entry has more.
const BLOCK_BYTES: usize = BODY_BYTES_MAX / 4;

/// A log that is written again.
#[derive(Debug)]
pub(crate) struct Rebuild {
    writer: Writer,
    batch: Batch,
    size: u64,
}

impl Rebuild {
    /// Begins in an empty folder.
    pub(crate) fn begin(
        storage: Arc<dyn Storage>,
        rng: Arc<dyn Rng>,
        origin_hash: Hash,
    ) -> io::Result<Self> {
        storage.create_folder(SEGMENTS)?;
        storage.sync_folder("")?;
        let mut batch = Batch::default();
        batch.begin(0);
        let writer = Writer {
            storage,
            rng,
            origin_hash,
            frontier: Frontier::new(),
            grown: Range::at(0),
            rows: BTreeMap::new(),
            previous: Hash::default(),
            segment: None,
            stopped: false,
        };
        Ok(Self { writer, batch, size: 0 })
    }

    /// Appends an entry as it is.
    pub(crate) fn push(&mut self, entry: &[u8]) -> Result<(), WriteError> {
        let full = self.batch.leaves.len() >= ENTRIES_MAX as usize
            || self.batch.bytes.len() + 2 + entry.len() > BlockHeader::BYTES + BLOCK_BYTES;
        if full {
            self.flush()?;
        }
        let pushed = push_entry(&mut self.batch.bytes, entry);
        pushed.map_err(|error| WriteError::Io(io::Error::other(error)))?;
        self.batch.leaves.push(leaf_hash(entry));
        self.size += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.batch);
        self.writer.write(&mut batch)?;
        self.writer.rows.clear();
        batch.begin(self.size);
        self.batch = batch;
        Ok(())
    }

    /// Entries so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Writes the rest and gives the root.
    pub(crate) fn finish(mut self) -> Result<Hash, WriteError> {
        self.flush()?;
        Ok(self.writer.frontier.root())
    }
}
