//! Reading segments, block by block, with bounded memory.

use crate::format::{BlockError, BlockHeader, SegmentError, SegmentHeader};
use crate::merkle::{Bundle, Hash};
use crate::storage::{Storage, StoredFile, read_exact_at};
use std::io;

/// The folder of segments.
pub(crate) const SEGMENTS: &str = "seg";

/// Bytes that are read at once.
const WINDOW_BYTES: usize = 256 * 1024;

/// The path of the segment that begins with an entry.
pub(crate) fn segment_path(first: u64) -> String {
    format!("{SEGMENTS}/{first:016x}")
}

/// The first entries of all files in a folder that are named by one, ascending.
pub(crate) fn firsts(storage: &dyn Storage, folder: &str) -> io::Result<Vec<u64>> {
    let number = |name: &String| {
        let number = u64::from_str_radix(name, 16).ok()?;
        (format!("{number:016x}") == *name).then_some(number)
    };
    Ok(storage.list(folder)?.iter().filter_map(number).collect())
}

/// Why reading a segment ended.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("the segment {first:016x} cannot be read")]
    Io {
        /// Its first entry.
        first: u64,
        /// Why.
        source: io::Error,
    },
    /// The header is not that of a segment.
    #[error("the segment {first:016x} is malformed")]
    Header {
        /// Its first entry.
        first: u64,
        /// Why.
        source: SegmentError,
    },
    /// A block is not whole.
    #[error("the block at byte {offset} of the segment {first:016x} is damaged")]
    Damaged {
        /// The first entry of the segment.
        first: u64,
        /// Where the block begins.
        offset: u64,
    },
    /// What a purge left of a segment is not what it should be.
    #[error("what was kept of the segment {first:016x} is malformed")]
    Kept {
        /// Its first entry.
        first: u64,
    },
}

/// A block that is whole: its checksums, its count and its place in the chain are right. Whether
/// its root is right is seen by hashing.
#[derive(Debug)]
pub struct Block<'a> {
    /// The header.
    pub header: BlockHeader,
    /// Where it begins in the file.
    pub offset: u64,
    /// The entries, as a bundle.
    pub body: &'a [u8],
}

impl<'a> Block<'a> {
    /// The entries with their indices.
    pub fn entries(&self) -> impl Iterator<Item = (u64, &'a [u8])> + use<'a> {
        // The bundle was read before: there is no error in it.
        (self.header.first..).zip(Bundle::new(self.body).map_while(Result::ok))
    }
}

/// Reads one segment.
#[derive(Debug)]
pub struct SegmentReader {
    file: Box<dyn StoredFile>,
    header: SegmentHeader,
    size: u64,
    at: u64,
    next: u64,
    previous: Hash,
    window: Vec<u8>,
    window_at: u64,
    /// Where the last block that was read begins, and how long it is.
    last: Option<(u64, usize)>,
}

impl SegmentReader {
    /// Opens the segment that begins with an entry.
    pub fn open(storage: &dyn Storage, first: u64) -> Result<Self, ReadError> {
        let io = |source| ReadError::Io { first, source };
        let file = storage.open(&segment_path(first)).map_err(io)?;
        let size = file.size().map_err(io)?;
        let mut bytes = [0; SegmentHeader::BYTES];
        if size < bytes.len() as u64 {
            return Err(ReadError::Header { first, source: SegmentError::Damaged });
        }
        read_exact_at(file.as_ref(), 0, &mut bytes).map_err(io)?;
        let header =
            SegmentHeader::parse(&bytes).map_err(|source| ReadError::Header { first, source })?;
        Ok(Self {
            file,
            size,
            at: SegmentHeader::BYTES as u64,
            next: first,
            previous: header.previous,
            header,
            window: Vec::new(),
            window_at: 0,
            last: None,
        })
    }

    /// Goes on where a block ended: its end in the file, the index behind it, its hash. `None` when no
    /// block can end there.
    pub(crate) fn behind(mut self, at: u64, next: u64, previous: Hash) -> Option<Self> {
        let page = SegmentHeader::BYTES as u64;
        let fits = at.is_multiple_of(page) && (page..=self.size).contains(&at);
        (self.at, self.next, self.previous) = (at, next, previous);
        fits.then_some(self)
    }

    /// The header.
    pub fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where the next block begins.
    pub fn offset(&self) -> u64 {
        self.at
    }

    /// The index of the entry that would come next.
    pub fn next_index(&self) -> u64 {
        self.next
    }

    /// The hash of the last block that was read, or of the one before the segment.
    pub fn previous(&self) -> &Hash {
        &self.previous
    }

    fn io(&self, source: io::Error) -> ReadError {
        ReadError::Io { first: self.header.first, source }
    }

    fn damaged(&self) -> ReadError {
        ReadError::Damaged { first: self.header.first, offset: self.at }
    }

    /// Sees to it that the window holds so many bytes from a place. They must be in the file.
    fn look(&mut self, at: u64, bytes: usize) -> Result<(), ReadError> {
        let end = at + bytes as u64;
        if at >= self.window_at && end <= self.window_at + self.window.len() as u64 {
            return Ok(());
        }
        let rest = usize::try_from(self.size - at).unwrap_or(usize::MAX);
        self.window.resize(bytes.max(WINDOW_BYTES).min(rest), 0);
        self.window_at = at;
        read_exact_at(self.file.as_ref(), at, &mut self.window)
            .map_err(|source| ReadError::Io { first: self.header.first, source })
    }

    fn seen(&self, at: u64, bytes: usize) -> &[u8] {
        let begin = usize::try_from(at.saturating_sub(self.window_at)).unwrap_or(usize::MAX);
        self.window.get(begin..begin.saturating_add(bytes)).unwrap_or_default()
    }

    /// Reads the header at a place, if a block with the expected entry begins there.
    fn header_at(&mut self, at: u64, next: u64) -> Result<Option<BlockHeader>, ReadError> {
        if at + SegmentHeader::BYTES as u64 > self.size {
            return Ok(None);
        }
        self.look(at, BlockHeader::BYTES)?;
        let bytes =
            self.seen(at, BlockHeader::BYTES).first_chunk().ok_or_else(|| self.damaged())?;
        match BlockHeader::parse(bytes, &self.header.uuid, next) {
            Ok(header) => Ok(Some(header)),
            Err(BlockError::Absent) => Ok(None),
            Err(BlockError::Damaged) => Err(self.damaged()),
        }
    }

    /// Reads the next block; `None` where the segment ends.
    pub fn next_block(&mut self) -> Result<Option<Block<'_>>, ReadError> {
        let Some(header) = self.header_at(self.at, self.next)? else { return Ok(None) };
        let (at, on_disk) = (self.at, header.bytes_on_disk());
        if header.previous != self.previous || at + on_disk > self.size {
            return Err(self.damaged());
        }
        let on_disk = usize::try_from(on_disk).map_err(|_| self.damaged())?;
        self.look(at, on_disk)?;
        let bytes = self.seen(at + BlockHeader::BYTES as u64, on_disk - BlockHeader::BYTES);
        let (body, padding) =
            bytes.split_at_checked(header.length as usize).ok_or_else(|| self.damaged())?;
        let whole = crc32fast::hash(body) == header.body_crc
            && padding.iter().all(|byte| *byte == 0)
            && Bundle::new(body).try_fold(0, |count, entry| entry.map(|_| count + 1))
                == Ok(header.count);
        if !whole {
            return Err(self.damaged());
        }
        self.at += on_disk as u64;
        self.last = Some((at, on_disk));
        self.next += u64::from(header.count);
        self.previous = header.hash();
        let body = self.seen(at + BlockHeader::BYTES as u64, header.length as usize);
        Ok(Some(Block { header, offset: at, body }))
    }

    /// Whether any block of this use of the file lies behind the place where reading ended. After a
    /// crash there is none: a block is begun only when the one before is safe.
    pub(crate) fn goes_on_behind(&mut self) -> Result<bool, ReadError> {
        let mut at = self.at + SegmentHeader::BYTES as u64;
        while at + SegmentHeader::BYTES as u64 <= self.size {
            self.look(at, BlockHeader::BYTES)?;
            let header = self.seen(at, BlockHeader::BYTES).first_chunk();
            if let Some(header) = header
                && BlockHeader::of(header, &self.header.uuid).is_some()
            {
                return Ok(true);
            }
            at += SegmentHeader::BYTES as u64;
        }
        Ok(false)
    }

    /// Writes zeros over all that lies behind the place where reading ended, and makes that safe.
    pub(crate) fn clear_behind(&mut self) -> Result<(), ReadError> {
        let mut at = self.at;
        let rest = self.size % SegmentHeader::BYTES as u64;
        let mut changed = rest > 0;
        if changed {
            // A file that was growing may have ended anywhere.
            self.size -= rest;
            self.file.truncate(self.size).map_err(|source| self.io(source))?;
        }
        let zeros = vec![0; WINDOW_BYTES];
        while at < self.size {
            let rest = usize::try_from(self.size - at).unwrap_or(usize::MAX);
            let bytes = rest.min(WINDOW_BYTES);
            self.look(at, bytes)?;
            if self.seen(at, bytes).iter().any(|byte| *byte != 0) {
                let zeros = zeros.get(..bytes).unwrap_or_default();
                crate::storage::write_all_at(self.file.as_ref(), at, zeros)
                    .map_err(|source| self.io(source))?;
                changed = true;
            }
            at += bytes as u64;
        }
        self.window.clear();
        if changed { self.file.sync().map_err(|source| self.io(source)) } else { Ok(()) }
    }

    /// Where the last block that was read begins, and how long it is.
    pub(crate) fn last(&self) -> Option<(u64, usize)> {
        self.last
    }

    /// Gives the file away, to write on where reading ended.
    pub(crate) fn into_file(self) -> Box<dyn StoredFile> {
        self.file
    }
}
