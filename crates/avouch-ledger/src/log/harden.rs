//! Making the last block sure after an end that was not orderly.
//!
//! When a flush fails, the system may forget that the block is not on the disk and show it all the
//! same, until the power goes. A writer that ended by such an error and was started again would
//! build on sand. So the last block is written once more. A copy is put aside before, because a loss
//! of power while it is written must not harm what may have been acknowledged.

use super::read::SegmentReader;
use crate::format::{BlockHeader, SegmentHeader};
use crate::storage::{Storage, StoredFile, read_exact_at, read_whole, replace, write_all_at};
use std::io::{self, ErrorKind};

/// Where the copy is put. Readers leave out names with this ending.
const COPY: &str = "last-block.tmp";

/// LIMIT: bytes of the copy: a block and where it belongs.
const COPY_BYTES_MAX: u64 = (5 << 20) + 64;

/// Where a block is, and how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) bytes: usize,
}

/// Puts back the last block, if a copy of it was left behind.
pub(crate) fn restore(storage: &dyn Storage) -> io::Result<()> {
    let bytes = match read_whole(storage, COPY, COPY_BYTES_MAX) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if let Some((segment, offset, block)) = read_copy(&bytes)
        && let Ok(reader) = SegmentReader::open(storage, segment)
        && belongs(block, reader.header())
    {
        write_block(reader.into_file().as_ref(), offset, block)?;
    }
    storage.remove(COPY)?;
    storage.sync_folder("")
}

/// Writes the last block once more.
pub(crate) fn harden(storage: &dyn Storage, file: &dyn StoredFile, place: Place) -> io::Result<()> {
    let mut block = vec![0; place.bytes];
    read_exact_at(file, place.offset, &mut block)?;
    let crc = crc32fast::hash(&block).to_be_bytes();
    let (segment, offset) = (place.segment.to_be_bytes(), place.offset.to_be_bytes());
    replace(storage, COPY, &[&segment[..], &offset, &crc, &block].concat())?;
    write_block(file, place.offset, &block)?;
    storage.remove(COPY)?;
    storage.sync_folder("")
}

fn write_block(file: &dyn StoredFile, offset: u64, block: &[u8]) -> io::Result<()> {
    write_all_at(file, offset, block)?;
    file.sync()
}

fn read_copy(bytes: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (segment, rest) = bytes.split_first_chunk::<8>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    let (crc, block) = rest.split_first_chunk::<4>()?;
    let whole = crc32fast::hash(block) == u32::from_be_bytes(*crc);
    whole.then(|| (u64::from_be_bytes(*segment), u64::from_be_bytes(*offset), block))
}

/// Whether a block is of the present use of a segment.
fn belongs(block: &[u8], segment: &SegmentHeader) -> bool {
    block
        .first_chunk::<{ BlockHeader::BYTES }>()
        .is_some_and(|header| BlockHeader::of(header, &segment.uuid).is_some())
}
