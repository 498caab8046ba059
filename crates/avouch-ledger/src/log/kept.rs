//! What a purge or a redaction leaves of a segment. A file of any length is read with bounded memory.

use crate::merkle::Hash;
use crate::storage::{Storage, StoredFile, read_exact_at, write_all_at};
use std::io::{self, ErrorKind};

/// The folder of such files.
pub(crate) const KEPT: &str = "kept";

/// LIMIT: bytes of one file: a segment of 1 GiB, each entry with three bytes before it.
const FILE_BYTES_MAX: u64 = (1 << 30) + (64 << 20);

const MAGIC: &[u8; 8] = b"AVLKEPT1";

const HEADER_BYTES: usize = 92;

/// What stands behind the items: a byte and the checksum of all of them.
const TAIL_BYTES: u64 = 5;

/// The first byte of each kind of item, and the one that ends them.
const HOLE: u8 = 0;
const ENTRY: u8 = 1;
const REDACTED: u8 = 2;
const END: u8 = 0xff;

/// LIMIT: the highest subtree that stands for purged records.
const LEVEL_MAX: u8 = 16;

/// Bytes that are read at once: more than the longest item has.
const WINDOW_BYTES: u64 = 256 * 1024;

/// What stands at an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// An entry that is there.
    Entry(&'a [u8]),
    /// Records of one period that are gone.
    Hole {
        /// The period.
        period: u32,
        /// They are `2^level`.
        level: u8,
        /// The root over their hashes.
        hash: Hash,
        /// Whether it is one that was taken out alone.
        redacted: bool,
    },
}

impl Item<'_> {
    /// How many entries it stands for.
    pub fn span(&self) -> u64 {
        match self {
            Self::Entry(_) => 1,
            Self::Hole { level, .. } => 1 << level,
        }
    }
}

/// The path of the file that stands for a segment.
pub(crate) fn kept_path(first: u64) -> String {
    format!("{KEPT}/{first:016x}")
}

/// What a file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeptHeader {
    pub(crate) origin_hash: Hash,
    pub(crate) first: u64,
    pub(crate) end: u64,
    /// The hash of the last block of the segment.
    pub(crate) last: Hash,
}

impl KeptHeader {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = [
            &MAGIC[..],
            &self.origin_hash.0,
            &self.first.to_be_bytes(),
            &self.end.to_be_bytes(),
            &self.last.0,
        ]
        .concat();
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    fn parse(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let (checked, crc) = bytes.split_last_chunk::<4>()?;
        let (magic, rest) = checked.split_first_chunk::<8>()?;
        let (origin, rest) = rest.split_first_chunk::<32>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (end, last) = rest.split_first_chunk::<8>()?;
        let whole = magic == MAGIC && crc32fast::hash(checked) == u32::from_be_bytes(*crc);
        let header = Self {
            origin_hash: Hash(*origin),
            first: u64::from_be_bytes(*first),
            end: u64::from_be_bytes(*end),
            last: Hash::from_slice(last)?,
        };
        (whole && header.first < header.end).then_some(header)
    }
}

/// Reads a file whose form was checked as a whole.
#[derive(Debug)]
pub(crate) struct KeptReader {
    file: Box<dyn StoredFile>,
    header: KeptHeader,
    /// Where the items end.
    end: u64,
    at: u64,
    index: u64,
    /// Where the item that was read last begins, and its index.
    last: (u64, u64),
    window: Vec<u8>,
    window_at: u64,
}

/// An item that was read: its kind, and how many bytes it has.
type Read<'a> = Option<(Item<'a>, usize)>;

fn read_item(bytes: &[u8], index: u64) -> Read<'_> {
    let (kind, rest) = bytes.split_first()?;
    if *kind == ENTRY {
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let entry = rest.get(..u16::from_be_bytes(*length).into())?;
        return Some((Item::Entry(entry), 3 + entry.len()));
    }
    let (period, rest) = rest.split_first_chunk::<4>()?;
    let (level, rest) = match *kind {
        HOLE => rest.split_first().map(|(level, rest)| (*level, rest))?,
        REDACTED => (0, rest),
        _ => return None,
    };
    let (hash, rest) = rest.split_first_chunk::<32>()?;
    let aligned = level <= LEVEL_MAX && index.is_multiple_of(1 << level);
    let period = u32::from_be_bytes(*period);
    let item = Item::Hole { period, level, hash: Hash(*hash), redacted: *kind == REDACTED };
    aligned.then_some((item, bytes.len() - rest.len()))
}

fn malformed() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "not what a purge leaves")
}

impl KeptReader {
    /// Opens the file that stands for a segment and checks its form; `None` when it is malformed.
    pub(crate) fn open(storage: &dyn Storage, first: u64) -> io::Result<Option<Self>> {
        Self::of(storage.open(&kept_path(first))?, first)
    }

    fn of(file: Box<dyn StoredFile>, first: u64) -> io::Result<Option<Self>> {
        let size = file.size()?;
        if size < HEADER_BYTES as u64 + TAIL_BYTES || size > FILE_BYTES_MAX {
            return Ok(None);
        }
        let mut bytes = [0; HEADER_BYTES];
        read_exact_at(file.as_ref(), 0, &mut bytes)?;
        let Some(header) = KeptHeader::parse(&bytes).filter(|header| header.first == first) else {
            return Ok(None);
        };
        let (end, at) = (size - TAIL_BYTES, HEADER_BYTES as u64);
        let (window, index) = (Vec::new(), first);
        let last = (at, first);
        let mut reader = Self { file, header, end, at, index, last, window, window_at: 0 };
        if !reader.is_sound()? {
            return Ok(None);
        }
        (reader.at, reader.index) = (HEADER_BYTES as u64, first);
        Ok(Some(reader))
    }

    /// What the file says of itself.
    pub(crate) fn header(&self) -> &KeptHeader {
        &self.header
    }

    /// Whether the items are well formed and stand for exactly the entries they should.
    fn is_sound(&mut self) -> io::Result<bool> {
        let mut checksum = crc32fast::Hasher::new();
        while self.at < self.end {
            self.look()?;
            let bytes = self.rest();
            let Some((item, length)) = read_item(bytes, self.index) else { return Ok(false) };
            checksum.update(bytes.get(..length).unwrap_or_default());
            let Some(next) = self.index.checked_add(item.span()) else { return Ok(false) };
            (self.at, self.index) = (self.at + length as u64, next);
        }
        let mut tail = [0; 5];
        read_exact_at(self.file.as_ref(), self.end, &mut tail)?;
        let [mark, sum @ ..] = tail;
        let whole = mark == END && checksum.finalize() == u32::from_be_bytes(sum);
        Ok(whole && self.at == self.end && self.index == self.header.end)
    }

    /// Sees to it that the window holds the whole next item.
    fn look(&mut self) -> io::Result<()> {
        let rest = self.end - self.at;
        let held = (self.window_at + self.window.len() as u64).saturating_sub(self.at);
        if self.at < self.window_at || held < rest.min(WINDOW_BYTES / 2) {
            let bytes = usize::try_from(rest.min(WINDOW_BYTES)).unwrap_or(0);
            self.window.resize(bytes, 0);
            self.window_at = self.at;
            read_exact_at(self.file.as_ref(), self.at, &mut self.window)?;
        }
        Ok(())
    }

    fn rest(&self) -> &[u8] {
        let begin = usize::try_from(self.at - self.window_at).unwrap_or(usize::MAX);
        self.window.get(begin..).unwrap_or_default()
    }

    /// The item that stands for the entry at an index; `None` when it is not of this file.
    pub(crate) fn find(&mut self, wanted: u64) -> io::Result<Option<Item<'_>>> {
        if !(self.header.first..self.header.end).contains(&wanted) {
            return Ok(None);
        }
        if wanted < self.index {
            // Mostly the one that was read last, else from the beginning.
            (self.at, self.index) = self.last;
        }
        if wanted < self.index {
            (self.at, self.index) = (HEADER_BYTES as u64, self.header.first);
        }
        while let Some((index, item)) = self.next_item()?
            && index + item.span() <= wanted
        {}
        (self.at, self.index) = self.last;
        Ok(self.next_item()?.map(|(_, item)| item))
    }

    /// The next item, with the index of its first entry.
    pub(crate) fn next_item(&mut self) -> io::Result<Option<(u64, Item<'_>)>> {
        if self.at >= self.end {
            return Ok(None);
        }
        self.look()?;
        let (index, begin) = (self.index, self.at);
        self.last = (begin, index);
        let Some((item, length)) = read_item(self.rest(), index) else { return Err(malformed()) };
        let next = index.checked_add(item.span()).ok_or_else(malformed)?;
        (self.at, self.index) = (self.at + length as u64, next);
        let begin = usize::try_from(begin - self.window_at).unwrap_or(usize::MAX);
        let bytes = self.window.get(begin..).unwrap_or_default();
        Ok(read_item(bytes, index).map(|(item, _)| (index, item)))
    }
}

/// Writes such a file. It is in its place only when the caller gives it its name.
#[derive(Debug)]
pub(crate) struct KeptWriter {
    file: Box<dyn StoredFile>,
    at: u64,
    waiting: Vec<u8>,
    checksum: crc32fast::Hasher,
}

impl KeptWriter {
    /// Begins a file.
    pub(crate) fn begin(file: Box<dyn StoredFile>, header: &KeptHeader) -> io::Result<Self> {
        write_all_at(file.as_ref(), 0, &header.encode())?;
        let (at, checksum) = (HEADER_BYTES as u64, crc32fast::Hasher::new());
        Ok(Self { file, at, waiting: Vec::new(), checksum })
    }

    /// Appends an item.
    pub(crate) fn push(&mut self, item: Item<'_>) -> io::Result<()> {
        let begin = self.waiting.len();
        match item {
            Item::Entry(entry) => {
                let length = u16::try_from(entry.len()).map_err(|_| malformed())?;
                self.waiting.push(ENTRY);
                self.waiting.extend_from_slice(&length.to_be_bytes());
                self.waiting.extend_from_slice(entry);
            }
            Item::Hole { period, level, hash, redacted } => {
                self.waiting.push(if redacted { REDACTED } else { HOLE });
                self.waiting.extend_from_slice(&period.to_be_bytes());
                if !redacted {
                    self.waiting.push(level);
                }
                self.waiting.extend_from_slice(&hash.0);
            }
        }
        self.checksum.update(self.waiting.get(begin..).unwrap_or_default());
        if self.waiting.len() as u64 >= WINDOW_BYTES { self.put() } else { Ok(()) }
    }

    fn put(&mut self) -> io::Result<()> {
        write_all_at(self.file.as_ref(), self.at, &self.waiting)?;
        self.at += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Ends the file and makes its content safe.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let sum = self.checksum.clone().finalize();
        self.waiting.push(END);
        self.waiting.extend_from_slice(&sum.to_be_bytes());
        self.put()?;
        self.file.sync()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::simulated::SimulatedDisk;
    use proptest::prelude::*;

    fn reader(items: &[u8], end: u64) -> Option<KeptReader> {
        let header = KeptHeader { origin_hash: Hash([1; 32]), first: 8, end, last: Hash([2; 32]) };
        let mut bytes = header.encode();
        bytes.extend_from_slice(items);
        bytes.push(0xff);
        bytes.extend_from_slice(&crc32fast::hash(items).to_be_bytes());
        let disk = SimulatedDisk::new(1);
        write_all_at(disk.create(&kept_path(8)).unwrap().as_ref(), 0, &bytes).unwrap();
        KeptReader::open(&disk, 8).unwrap()
    }

    #[test]
    fn items_are_read_and_must_fill_their_place() {
        let hole = |kind: u8, rest: &[u8]| [&[kind, 0, 0, 0, 7], rest, &[9; 32]].concat();
        let items = [hole(0, &[1]), vec![1, 0, 2, b'a', b'b'], hole(2, &[])].concat();
        let mut kept = reader(&items, 12).unwrap();
        let mut found = Vec::new();
        while let Some((index, _)) = kept.next_item().unwrap() {
            found.push(index);
        }
        assert_eq!(found, [8, 10, 11]);
        assert!(reader(&items, 13).is_none());
        assert!(reader(&hole(0, &[4]), 24).is_none(), "not aligned");
        assert!(reader(&[3], 9).is_none());
        assert!(reader(&[], 8).is_none());
    }

    #[test]
    fn what_was_written_is_read_back_however_long_it_is() {
        let disk = SimulatedDisk::new(1);
        let entries: Vec<Vec<u8>> = (0..40).map(|n| vec![n; 72 + 1_600 * usize::from(n)]).collect();
        let end = 100 + entries.len() as u64 + 1;
        let header =
            KeptHeader { origin_hash: Hash([1; 32]), first: 100, end, last: Hash([2; 32]) };
        let mut writer = KeptWriter::begin(disk.create(&kept_path(100)).unwrap(), &header).unwrap();
        let hole = Item::Hole { period: 7, level: 0, hash: Hash([3; 32]), redacted: true };
        writer.push(hole).unwrap();
        for entry in &entries {
            writer.push(Item::Entry(entry)).unwrap();
        }
        writer.finish().unwrap();
        let mut reader = KeptReader::open(&disk, 100).unwrap().unwrap();
        assert_eq!(*reader.header(), header);
        assert_eq!(reader.next_item().unwrap(), Some((100, hole)));
        for (index, entry) in (101..).zip(&entries) {
            assert_eq!(reader.next_item().unwrap(), Some((index, Item::Entry(entry))));
        }
        assert_eq!(reader.next_item().unwrap(), None);
        disk.tamper(&kept_path(100), |bytes| bytes[300_000] ^= 1);
        assert!(KeptReader::open(&disk, 100).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn any_items_are_read_without_panic(items in prop::collection::vec(0_u8..4, 0..80), end in 8_u64..20) {
            let _ = reader(&items, end);
        }
    }
}
