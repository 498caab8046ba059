//! Reading what is on the disk when a ledger is opened.
//!
//! What a crash can leave is mended: a torn block at the very end. Anything else is refused, because
//! to go on over damage would bury it.

use super::fold::{Fold, FoldError};
use super::harden::{self, Place};
use super::kept::{Item, KEPT, KeptReader};
use super::read::{ReadError, SEGMENTS, SegmentReader};
use super::state::State;
use super::stored::{Stored, stored};
use super::writer::Segment;
use crate::format::control::kinds;
use crate::format::{EntryHeader, Genesis};
use crate::merkle::{Frontier, Hash};
use crate::storage::Storage;
use std::io;

/// What was found.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) origin_hash: Hash,
    pub(crate) fold: Fold,
    pub(crate) frontier: Frontier,
    pub(crate) previous: Hash,
    pub(crate) segment: Option<Segment>,
    pub(crate) last: Option<Place>,
    /// The root behind the entry that began the present epoch.
    pub(crate) epoch_root: Option<Hash>,
    /// The key of the epoch before.
    pub(crate) epoch_key_before: Option<[u8; 32]>,
}

/// Why the ledger cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The folder cannot be read.
    #[error("the folder of segments cannot be read")]
    Io(#[from] io::Error),
    /// A segment cannot be read, or is damaged where no crash damages it.
    #[error("the ledger is damaged")]
    Read(#[from] ReadError),
    /// A segment is not where it should be.
    #[error("the segment {found:016x} is where {expected:016x} is expected: one is missing")]
    Missing {
        /// The first entry of the segment that was expected.
        expected: u64,
        /// What was found.
        found: u64,
    },
    /// A block is not what its header says.
    #[error("the entries from {first} on are not those that were written")]
    Altered {
        /// The first entry of the block.
        first: u64,
    },
    /// An entry cannot stand where it does.
    #[error("the entry {index} cannot stand where it does")]
    Entry {
        /// Which.
        index: u64,
        /// Why.
        source: FoldError,
    },
    /// The log is shorter than what was published.
    #[error(
        "the log has {durable} entries, but {published} were published: it was rolled back, or the disk lost what it had said to keep"
    )]
    RolledBack {
        /// Entries on the disk.
        durable: u64,
        /// Entries that were published.
        published: u64,
    },
    /// The log is not the one that was published.
    #[error("the first {published} entries are not those that were published")]
    Rewritten {
        /// Entries that were published.
        published: u64,
    },
}

/// What was published last: entries and root.
pub(crate) type Published = Option<(u64, Hash)>;

/// Reads all segments.
pub(crate) fn recover(
    storage: &dyn Storage,
    genesis: &Genesis,
    published: Published,
) -> Result<Recovered, RecoverError> {
    let mut found = Recovered {
        origin_hash: genesis.origin.hash(),
        fold: Fold::new(genesis),
        frontier: Frontier::new(),
        previous: Hash::default(),
        segment: None,
        last: None,
        epoch_root: None,
        epoch_key_before: None,
    };
    let files = prepare(storage)?;
    read_files(storage, &mut found, &files, published)?;
    end(storage, found, published)
}

/// Goes on behind the state that was put away, without reading what lies before it. `None` when that
/// does not fit what is there: whoever reads everything learns why.
pub(crate) fn go_on(
    storage: &dyn Storage,
    genesis: &Genesis,
    published: Published,
    state: State,
) -> Option<Recovered> {
    let State { fold, frontier, previous, mark, .. } = state;
    let size = fold.size;
    let mut found = Recovered {
        origin_hash: genesis.origin.hash(),
        fold,
        frontier,
        previous,
        segment: None,
        last: None,
        epoch_root: None,
        epoch_key_before: None,
    };
    let mut files = prepare(storage).ok()?;
    files.retain(|file| file.first >= mark.map_or(size, |mark| mark.first));
    let rest = match mark {
        Some(mark) => {
            let (file, rest) = files.split_first()?;
            let reader = SegmentReader::open(storage, mark.first).ok()?;
            let fits = file.first == mark.first && !file.kept && reader.header().uuid == mark.uuid;
            let reader = reader.behind(mark.at, size, previous).filter(|_| fits)?;
            read_blocks(&mut found, reader, (mark.first, rest.is_empty()), published).ok()?;
            rest
        }
        None => &files,
    };
    read_files(storage, &mut found, rest, published).ok()?;
    end(storage, found, published).ok()
}

/// Makes sure of the names in the folders, and puts back what a crash interrupted. Gives the files of
/// entries.
fn prepare(storage: &dyn Storage) -> Result<Vec<Stored>, RecoverError> {
    storage.sync_folder(SEGMENTS)?;
    harden::restore(storage)?;
    let files = stored(storage)?;
    if files.iter().any(|file| file.kept) {
        storage.sync_folder(KEPT)?;
    }
    Ok(files)
}

fn read_files(
    storage: &dyn Storage,
    found: &mut Recovered,
    files: &[Stored],
    published: Published,
) -> Result<(), RecoverError> {
    for (place, file) in files.iter().enumerate() {
        let (first, expected) = (file.first, found.fold.size);
        if first != expected {
            return Err(RecoverError::Missing { expected, found: first });
        }
        let is_last = place + 1 == files.len();
        if file.kept {
            read_kept(storage, found, first, published)?;
        } else {
            read_segment(storage, found, (first, is_last), published)?;
        }
    }
    Ok(())
}

/// Judges whether this is the end that was published, and makes sure of it.
fn end(
    storage: &dyn Storage,
    found: Recovered,
    published: Published,
) -> Result<Recovered, RecoverError> {
    match published {
        Some((size, _)) if found.fold.size < size => {
            Err(RecoverError::RolledBack { durable: found.fold.size, published: size })
        }
        _ => {
            // What was published was flushed before: that much is sure.
            let sure = published.is_some_and(|(size, _)| size == found.fold.size);
            if let (Some(segment), Some(place), false) = (&found.segment, found.last, sure) {
                harden::harden(storage, segment.file.as_ref(), place)?;
            }
            Ok(found)
        }
    }
}

fn read_kept(
    storage: &dyn Storage,
    found: &mut Recovered,
    first: u64,
    published: Published,
) -> Result<(), RecoverError> {
    let io = |source| ReadError::Io { first, source };
    let reader = KeptReader::open(storage, first).map_err(io)?;
    let mut reader = reader.ok_or(ReadError::Kept { first })?;
    let header = *reader.header();
    if header.origin_hash != found.origin_hash {
        return Err(RecoverError::Altered { first });
    }
    while let Some((index, item)) = reader.next_item().map_err(io)? {
        take(found, index, item, published)?;
    }
    found.previous = header.last;
    Ok(())
}

fn read_segment(
    storage: &dyn Storage,
    found: &mut Recovered,
    (first, is_last): (u64, bool),
    published: Published,
) -> Result<(), RecoverError> {
    let reader = SegmentReader::open(storage, first)?;
    let header = reader.header();
    if header.previous != found.previous || header.origin_hash != found.origin_hash {
        return Err(RecoverError::Altered { first });
    }
    read_blocks(found, reader, (first, is_last), published)
}

/// Reads the blocks of a segment that were not read yet.
fn read_blocks(
    found: &mut Recovered,
    mut reader: SegmentReader,
    (first, is_last): (u64, bool),
    published: Published,
) -> Result<(), RecoverError> {
    loop {
        let error = match reader.next_block() {
            Ok(Some(block)) => {
                for (index, entry) in block.entries() {
                    take(found, index, Item::Entry(entry), published)?;
                }
                if found.frontier.root() != block.header.root {
                    return Err(RecoverError::Altered { first: block.header.first });
                }
                continue;
            }
            Ok(None) => break,
            Err(error) => error,
        };
        // In the last segment this is a torn end, if nothing lies behind it.
        let may_be_torn = is_last && matches!(error, ReadError::Damaged { .. });
        if may_be_torn && !reader.goes_on_behind()? {
            break;
        }
        return Err(error.into());
    }
    found.previous = *reader.previous();
    if is_last {
        let (first, offset) = (first, reader.offset());
        if reader.goes_on_behind()? {
            return Err(ReadError::Damaged { first, offset }.into());
        }
        // Whether this is really the end is judged before anything is changed.
        if published.is_none_or(|(size, _)| found.fold.size >= size) {
            reader.clear_behind()?;
        }
        let last = reader.last();
        let (uuid, at, size) = (reader.header().uuid, reader.offset(), reader.size());
        found.segment = Some(Segment::found(first, reader.into_file(), uuid, (at, size)));
        found.last = last.map(|(offset, bytes)| Place { segment: first, offset, bytes });
    }
    Ok(())
}

fn is_rotation(entry: &[u8]) -> bool {
    EntryHeader::parse(entry).is_ok_and(|(header, _)| header.kind == kinds::EPOCH_ROTATE)
}

fn take(
    found: &mut Recovered,
    index: u64,
    item: Item<'_>,
    published: Published,
) -> Result<(), RecoverError> {
    let (epoch, key) = (found.fold.epoch, found.fold.epoch_key);
    let level = match item {
        Item::Entry(_) => 0,
        Item::Hole { level, .. } => level.into(),
    };
    let hash = found.fold.take(item).map_err(|source| RecoverError::Entry { index, source })?;
    if !found.frontier.push_subtree(level, hash) {
        return Err(RecoverError::Altered { first: index });
    }
    // An epoch whose key is lost ends without a checkpoint of its own.
    let rotates = matches!(item, Item::Entry(bytes) if is_rotation(bytes));
    if found.fold.epoch != epoch && rotates {
        found.epoch_root = Some(found.frontier.root());
        found.epoch_key_before = Some(key);
    }
    match published {
        Some((size, root)) if size == found.frontier.size() && root != found.frontier.root() => {
            Err(RecoverError::Rewritten { published: size })
        }
        _ => Ok(()),
    }
}
