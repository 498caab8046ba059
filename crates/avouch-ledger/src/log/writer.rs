//! Putting blocks on the disk.
//!
//! The order of steps is the design: a block is written at once into space that was prepared, then
//! flushed, and only then acknowledged. After any error nothing is written any more.

use super::assembly::Batch;
use super::hashes::ROW_LEVEL;
use super::read::{SEGMENTS, segment_path};
use crate::format::{
    BODY_BYTES_MAX, BlockHeader, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN, SegmentHeader, padded,
};
use crate::merkle::{Frontier, Hash, Range};
use crate::storage::{Rng, RngError, Storage, StoredFile, write_all_at};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Bytes of the first segment; each next one is twice as large, up to the usual size.
const SEGMENT_BYTES_FIRST: u64 = if cfg!(test) { 16 << 10 } else { 1 << 20 };

/// Bytes of a segment when the log has grown. The tests see more ends of segments for less time.
const SEGMENT_BYTES_USUAL: u64 = if cfg!(test) { 64 << 10 } else { 64 << 20 };

/// Blocks of at most so many bytes are written into zeros that were flushed before, so that their
/// flush has no file to grow. Longer ones grow the file: filling it before would write every byte
/// twice, and costs more than it spares where a flush has much to write anyway.
const SMALL_BLOCK_BYTES: u64 = if cfg!(test) { 4 << 10 } else { 128 << 10 };

/// Zeros that are put behind a small block for those that follow.
const AHEAD_BYTES: u64 = if cfg!(test) { 12 << 10 } else { 1 << 20 };

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
    /// Where the next block begins.
    pub(crate) at: u64,
    /// Bytes of the file: blocks, then zeros.
    pub(crate) size: u64,
    /// Bytes that the file may come to have.
    pub(crate) limit: u64,
}

impl Segment {
    /// Takes up a segment behind its last block.
    pub(crate) fn found(
        first: u64,
        file: Box<dyn StoredFile>,
        uuid: [u8; 16],
        (at, size): (u64, u64),
    ) -> Self {
        let limit = size.next_power_of_two().clamp(SEGMENT_BYTES_FIRST, SEGMENT_BYTES_USUAL);
        Self { first, file, uuid, at, size, limit: limit.max(size) }
    }

    /// Writes a block, and zeros behind it where the next one will need them. Nothing is flushed.
    fn put(&mut self, block: &[u8]) -> io::Result<()> {
        write_all_at(self.file.as_ref(), self.at, block)?;
        let bytes = block.len() as u64;
        self.at += bytes;
        self.size = self.size.max(self.at);
        let end = self.limit.min(self.at + AHEAD_BYTES);
        if bytes <= SMALL_BLOCK_BYTES && self.size - self.at < bytes && self.size < end {
            fill(self.file.as_ref(), self.size, end)?;
            self.size = end;
        }
        Ok(())
    }
}

/// Writes zeros from a place to another.
fn fill(file: &dyn StoredFile, begin: u64, end: u64) -> io::Result<()> {
    let bytes = usize::try_from(end.saturating_sub(begin)).unwrap_or(usize::MAX);
    write_all_at(file, begin, &vec![0; bytes])
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
    /// Roots of rows of leaf hashes that were completed, by their number.
    pub(crate) rows: BTreeMap<u64, Hash>,
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
        let room = self.segment.as_ref().map_or(0, |segment| segment.limit - segment.at);
        if room < bytes as u64 {
            self.begin_segment(batch.first, bytes as u64)?;
        }
        let Some(segment) = &mut self.segment else { return Err(WriteError::Stopped) };
        for leaf in &batch.leaves {
            let (grown, rows) = (&mut self.grown, &mut self.rows);
            self.frontier.push_with(*leaf, |level, index, hash| {
                grown.complete(level, index, hash);
                if level == ROW_LEVEL {
                    rows.insert(index, *hash);
                }
            });
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
        segment.put(&batch.bytes)?;
        segment.file.sync()?;
        self.previous = header.hash();
        Ok(())
    }

    /// Prepares the next segment and puts it in its place. The file has its final name only when
    /// all of it is safe, so a file that bears one is whole.
    fn begin_segment(&mut self, first: u64, block_bytes: u64) -> Result<(), WriteError> {
        let twice = self.segment.as_ref().map_or(SEGMENT_BYTES_FIRST, |segment| 2 * segment.limit);
        let at = SegmentHeader::BYTES as u64;
        let limit = twice.min(SEGMENT_BYTES_USUAL).max(block_bytes + at).min(SEGMENT_BYTES_MAX);
        let ahead = if block_bytes <= SMALL_BLOCK_BYTES { AHEAD_BYTES } else { 0 };
        let size = (at + ahead).min(limit).max(SEGMENT_BYTES_MIN);
        let mut uuid = [0; 16];
        self.rng.fill(&mut uuid)?;
        let header =
            SegmentHeader { origin_hash: self.origin_hash, uuid, first, previous: self.previous };
        let file = self.prepare(&segment_path(first), size, &header)?;
        self.segment = Some(Segment { first, file, uuid, at, size, limit });
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
        fill(file.as_ref(), SegmentHeader::BYTES as u64, size)?;
        write_all_at(file.as_ref(), 0, &header.encode())?;
        file.sync()?;
        self.storage.rename(&pending, path)?;
        self.storage.sync_folder(SEGMENTS)?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Machine, record};
    use super::*;
    use crate::storage::read_whole;
    use crate::verify::{Knowledge, Verdict, verify};

    fn bytes(machine: &Machine, first: u64) -> Vec<u8> {
        read_whole(&machine.disk, &segment_path(first), 1 << 20).unwrap()
    }

    fn place(core: &crate::log::Core) -> (u64, u64, u64) {
        let output = core.output();
        let segment = output.writer.segment.as_ref().unwrap();
        (segment.first, segment.at, segment.size)
    }

    #[test]
    fn small_blocks_find_zeros_and_long_ones_grow_the_file() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        let mut filled = 0;
        for number in 0..40 {
            let length = if number % 4 == 3 { 9000 } else { 10 };
            core.append("default", &record(&"x".repeat(length))).unwrap();
            core.commit().unwrap();
            let (first, at, size) = place(&core);
            assert_eq!(bytes(&machine, first).len() as u64, size);
            assert!(bytes(&machine, first)[usize::try_from(at).unwrap()..].iter().all(|b| *b == 0));
            filled += u64::from(size > at);
        }
        assert!((20..40).contains(&filled), "{filled}");
        core.finish().unwrap();
        let knowledge = Knowledge::of(Machine::identity().verifier().clone());
        assert_eq!(verify(&machine.disk, &knowledge).verdict(), Verdict::Intact);
    }

    #[test]
    fn a_file_that_grew_to_any_length_is_taken_up() {
        for odd in [1, 511, 4095, 4097, 9000] {
            let machine = Machine::new(1).born();
            let core = machine.open().unwrap();
            let (first, at, _) = place(&core);
            drop(core);
            machine.disk.tamper(&segment_path(first), |bytes| {
                bytes.resize(usize::try_from(at).unwrap() + odd, 7);
            });
            let core = machine.open().unwrap();
            core.append("default", &record("goes on")).unwrap();
            core.finish().unwrap();
            let (last, _, size) = place(&core);
            assert_eq!(bytes(&machine, last).len() as u64, size);
            assert_eq!(bytes(&machine, first).len() % SegmentHeader::BYTES, 0, "{odd}");
            let knowledge = Knowledge::of(Machine::identity().verifier().clone());
            assert_eq!(verify(&machine.disk, &knowledge).verdict(), Verdict::Intact, "{odd}");
        }
    }
}
