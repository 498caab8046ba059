//! Putting blocks on the disk.
//!
//! The order of steps is the design: a block is written at once into space that was prepared, then
//! flushed, and only then acknowledged. After any error nothing is written any more.

use super::assembly::Batch;
use super::read::{SEGMENTS, segment_path};
use crate::format::{BODY_BYTES_MAX, BlockHeader, SEGMENT_BYTES_MAX, SegmentHeader, padded};
use crate::merkle::{Frontier, Hash, Range};
use crate::storage::{Rng, RngError, Storage, StoredFile, write_all_at};
use std::io;
use std::sync::Arc;

/// Bytes of the first segment; each next one is twice as large, up to the usual size.
const SEGMENT_BYTES_FIRST: u64 = if cfg!(test) { 16 << 10 } else { 1 << 20 };

/// Bytes of a segment when the log has grown. The tests see more ends of segments for less time.
const SEGMENT_BYTES_USUAL: u64 = if cfg!(test) { 64 << 10 } else { 64 << 20 };

/// Why a block did not come to the disk.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk refused.
    #[error("the disk refused to take a block")]
    Io(#[from] io::Error),
    /// A segment could not be given a random name.
    #[error("a segment could not be begun")]
    Rng(#[from] RngError),
    /// An earlier error: what is on the disk is not known, so nothing is written any more.
    #[error("the ledger was stopped by an earlier error")]
    Stopped,
}

/// A segment that is written to.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The index of its first entry.
    pub(crate) first: u64,
    pub(crate) file: Box<dyn StoredFile>,
    pub(crate) uuid: [u8; 16],
    pub(crate) at: u64,
    pub(crate) size: u64,
}

/// The end of the log on the disk.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) origin_hash: Hash,
    pub(crate) frontier: Frontier,
    /// What came since the last checkpoint that witnesses were told of.
    pub(crate) grown: Range,
    pub(crate) previous: Hash,
    pub(crate) segment: Option<Segment>,
    pub(crate) stopped: bool,
}

impl Writer {
    /// Writes a block and flushes it. When it returns without error, the entries are safe.
    pub(crate) fn write(&mut self, batch: &mut Batch) -> Result<(), WriteError> {
        if self.stopped {
            return Err(WriteError::Stopped);
        }
        let done = self.write_or_fail(batch);
        self.stopped = done.is_err();
        done
    }

    fn write_or_fail(&mut self, batch: &mut Batch) -> Result<(), WriteError> {
        let bytes = padded(batch.bytes.len());
        let room = self.segment.as_ref().map_or(0, |segment| segment.size - segment.at);
        if room < bytes as u64 {
            self.begin_segment(batch.first, bytes as u64)?;
        }
        let Some(segment) = &mut self.segment else { return Err(WriteError::Stopped) };
        for leaf in &batch.leaves {
            let grown = &mut self.grown;
            self.frontier.push_with(*leaf, |level, index, hash| grown.complete(level, index, hash));
        }
        let body = batch.bytes.get(BlockHeader::BYTES..).unwrap_or_default();
        let header = BlockHeader {
            uuid: segment.uuid,
            first: batch.first,
            count: u32::try_from(batch.leaves.len()).unwrap_or(u32::MAX),
            length: u32::try_from(body.len()).unwrap_or(u32::MAX),
            root: self.frontier.root(),
            previous: self.previous,
            body_crc: crc32fast::hash(body),
        };
        assert!(header.length as usize <= BODY_BYTES_MAX, "a block is never longer than its limit");
        for (to, from) in batch.bytes.iter_mut().zip(header.encode()) {
            *to = from;
        }
        batch.bytes.resize(bytes, 0);
        write_all_at(segment.file.as_ref(), segment.at, &batch.bytes)?;
        segment.file.sync()?;
        segment.at += bytes as u64;
        self.previous = header.hash();
        Ok(())
    }

    /// Prepares the next segment and puts it in its place. The file has its final name only when
    /// all of it is safe, so a file that bears one is whole.
    fn begin_segment(&mut self, first: u64, block_bytes: u64) -> Result<(), WriteError> {
        let twice = self.segment.as_ref().map_or(SEGMENT_BYTES_FIRST, |segment| 2 * segment.size);
        let needed = block_bytes + SegmentHeader::BYTES as u64;
        let size = twice.min(SEGMENT_BYTES_USUAL).max(needed).min(SEGMENT_BYTES_MAX);
        let mut uuid = [0; 16];
        self.rng.fill(&mut uuid)?;
        let header =
            SegmentHeader { origin_hash: self.origin_hash, uuid, first, previous: self.previous };
        let file = self.prepare(&segment_path(first), size, &header)?;
        let at = SegmentHeader::BYTES as u64;
        self.segment = Some(Segment { first, file, uuid, at, size });
        Ok(())
    }

    fn prepare(
        &self,
        path: &str,
        size: u64,
        header: &SegmentHeader,
    ) -> Result<Box<dyn StoredFile>, WriteError> {
        let pending = format!("{path}{}", crate::storage::PENDING);
        match self.storage.remove(&pending) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => (),
        }
        let file = self.storage.create(&pending)?;
        let zeros = vec![0; 1 << 20];
        let mut at = SegmentHeader::BYTES as u64;
        while at < size {
            let bytes = usize::try_from(size - at).unwrap_or(usize::MAX).min(zeros.len());
            write_all_at(file.as_ref(), at, zeros.get(..bytes).unwrap_or_default())?;
            at += bytes as u64;
        }
        write_all_at(file.as_ref(), 0, &header.encode())?;
        file.sync()?;
        self.storage.rename(&pending, path)?;
        self.storage.sync_folder(SEGMENTS)?;
        Ok(file)
    }
}
