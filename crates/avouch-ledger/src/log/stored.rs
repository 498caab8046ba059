//! The files of entries, in the order of the log: segments, and what was kept of them.

use super::kept::{Item, KEPT, KeptReader, kept_path};
use super::read::{ReadError, SEGMENTS, SegmentReader, firsts};
use crate::merkle::Hash;
use crate::storage::Storage;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;

/// What there is of the entries from an index on. If both are there, what was kept counts, and the
/// segment is a purge's unfinished work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) first: u64,
    pub(crate) kept: bool,
    pub(crate) segment: bool,
}

/// All of them, ascending.
pub(crate) fn stored(storage: &dyn Storage) -> io::Result<Vec<Stored>> {
    let mut files: BTreeMap<u64, Stored> = BTreeMap::new();
    for first in firsts(storage, SEGMENTS)? {
        files.insert(first, Stored { first, kept: false, segment: true });
    }
    for first in firsts(storage, KEPT)? {
        files.entry(first).or_insert(Stored { first, ..Stored::default() }).kept = true;
    }
    Ok(files.into_values().collect())
}

/// Where a file of entries ends, if it was read so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// The index behind its last entry.
    pub(crate) next: u64,
    /// The hash of the last block of the segment, or of the one before it.
    pub(crate) last: Hash,
}

/// Goes over what a file holds, until it is told to stop. What is torn at the end of a segment is
/// left out.
pub(crate) fn each_item(
    storage: &dyn Storage,
    file: Stored,
    mut each: impl FnMut(u64, Item<'_>) -> ControlFlow<()>,
) -> Result<Ended, ReadError> {
    if file.kept {
        return each_kept(storage, file.first, each);
    }
    let mut reader = match SegmentReader::open(storage, file.first) {
        // It may have been replaced since the folder was listed.
        Err(ReadError::Io { source, .. })
            if source.kind() == io::ErrorKind::NotFound
                && storage.open(&kept_path(file.first)).is_ok() =>
        {
            return each_kept(storage, file.first, each);
        }
        other => other?,
    };
    loop {
        match reader.next_block() {
            Ok(Some(block)) => {
                let mut entries = block.entries();
                if entries.any(|(index, entry)| each(index, Item::Entry(entry)).is_break()) {
                    break;
                }
            }
            Ok(None) | Err(ReadError::Damaged { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Ended { next: reader.next_index(), last: *reader.previous() })
}

fn each_kept(
    storage: &dyn Storage,
    first: u64,
    mut each: impl FnMut(u64, Item<'_>) -> ControlFlow<()>,
) -> Result<Ended, ReadError> {
    let io = |source| ReadError::Io { first, source };
    let opened = KeptReader::open(storage, first).map_err(io)?;
    let mut reader = opened.ok_or(ReadError::Kept { first })?;
    let header = *reader.header();
    while let Some((index, item)) = reader.next_item().map_err(io)? {
        if each(index, item).is_break() {
            break;
        }
    }
    Ok(Ended { next: header.end, last: header.last })
}
