//! Reading entries in any order, without reading what lies before them.

use crate::format::{BlockHeader, SegmentHeader};
use crate::log::{Item, KEPT, KeptReader, ReadError, SEGMENTS, SegmentReader, firsts, kept_path};
use crate::merkle::{Bundle, Hash, leaf_hash};
use crate::storage::{Storage, StoredFile, read_exact_at};
use crate::view::ViewError;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Bytes of a page: blocks begin at multiples of it.
const PAGE: u64 = SegmentHeader::BYTES as u64;

/// Pages that a block has at most: where so many hold no header, there are no more blocks.
const BLOCK_PAGES_MAX: u64 = (4 << 20) / PAGE + 1;

/// So many blocks are rather gone through one after another than guessed at.
const NEAR_BLOCKS: u64 = 8;

/// What stands at an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The entry.
    Entry(Vec<u8>),
    /// A record that was purged or redacted: its leaf hash.
    Hole(Hash),
    /// One of several records that were purged together: its own hash is not known here.
    Within,
}

impl Found {
    /// The leaf hash, as far as it is known.
    pub(crate) fn leaf(&self) -> Option<Hash> {
        match self {
            Self::Entry(entry) => Some(leaf_hash(entry)),
            Self::Hole(hash) => Some(*hash),
            Self::Within => None,
        }
    }
}

/// The entries of a ledger.
#[derive(Debug)]
pub struct Entries {
    storage: Arc<dyn Storage>,
    /// The files by the index of their first entry. What was kept counts before the segment.
    files: BTreeMap<u64, Kind>,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Segment,
    Kept,
}

#[derive(Debug)]
enum Open {
    Segment(Segment),
    Kept(KeptReader),
}

impl Entries {
    /// Looks into a folder.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, ViewError> {
        let segments = firsts(storage.as_ref(), SEGMENTS)?;
        let kept = firsts(storage.as_ref(), KEPT)?;
        let mut files: BTreeMap<u64, Kind> =
            segments.into_iter().map(|first| (first, Kind::Segment)).collect();
        files.extend(kept.into_iter().map(|first| (first, Kind::Kept)));
        Ok(Self { storage, files, open: None })
    }

    /// What stands at an index; `None` behind the end.
    pub fn get(&mut self, index: u64) -> Result<Option<Found>, ViewError> {
        let Some((first, kind)) = self.files.range(..=index).next_back() else { return Ok(None) };
        let (first, kind) = (*first, *kind);
        self.turn_to(first, kind)?;
        match &mut self.open {
            Some(Open::Segment(segment)) => {
                let end = self.files.range(index + 1..).next().map(|(first, _)| *first);
                Ok(segment.entry(index, end)?.map(|entry| Found::Entry(entry.to_vec())))
            }
            Some(Open::Kept(kept)) => Ok(kept.find(index)?.map(found)),
            None => Ok(None),
        }
    }

    /// How many entries there are. A last block that is not whole, such as one that is being
    /// written, does not count.
    pub fn size(&mut self) -> Result<u64, ViewError> {
        let Some((first, kind)) = self.files.last_key_value() else { return Ok(0) };
        let (first, kind) = (*first, *kind);
        self.turn_to(first, kind)?;
        match &mut self.open {
            Some(Open::Segment(segment)) => Ok(segment.end()?),
            Some(Open::Kept(kept)) => Ok(kept.header().end),
            None => Ok(0),
        }
    }

    /// The bytes of an entry that must be there.
    pub fn entry(&mut self, index: u64) -> Result<Vec<u8>, ViewError> {
        match self.get(index)? {
            Some(Found::Entry(entry)) => Ok(entry),
            Some(_) => Err(ViewError::Gone(index)),
            None => Err(ViewError::TooFew(index)),
        }
    }

    /// Goes over what stands at the indices of a range, until told to stop.
    pub fn walk(
        &mut self,
        range: std::ops::Range<u64>,
        mut each: impl FnMut(u64, Found) -> ControlFlow<()>,
    ) -> Result<(), ViewError> {
        for index in range {
            let Some(found) = self.get(index)? else { break };
            if each(index, found).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn turn_to(&mut self, first: u64, kind: Kind) -> Result<(), ViewError> {
        let known = match &self.open {
            Some(Open::Segment(segment)) => Some(segment.first),
            Some(Open::Kept(kept)) => Some(kept.header().first),
            None => None,
        };
        if known == Some(first) {
            return Ok(());
        }
        self.open = Some(match kind {
            Kind::Segment => Open::Segment(Segment::open(self.storage.as_ref(), first)?),
            Kind::Kept => {
                let kept = KeptReader::open(self.storage.as_ref(), first)?;
                Open::Kept(kept.ok_or_else(|| ViewError::Malformed(kept_path(first)))?)
            }
        });
        Ok(())
    }
}

fn found(item: Item<'_>) -> Found {
    match item {
        Item::Entry(entry) => Found::Entry(entry.to_vec()),
        Item::Hole { level: 0, hash, .. } => Found::Hole(hash),
        Item::Hole { .. } => Found::Within,
    }
}

/// A segment, of which one block is at hand.
#[derive(Debug)]
struct Segment {
    file: Box<dyn StoredFile>,
    first: u64,
    uuid: [u8; 16],
    /// The first page at or behind which no block begins, as far as is known.
    end: u64,
    /// Blocks that were seen, by their first entry: page and header.
    seen: BTreeMap<u64, (u64, BlockHeader)>,
    block: Option<Block>,
}

/// A block: where its entries begin in its body.
#[derive(Debug)]
struct Block {
    header: BlockHeader,
    entries: Vec<std::ops::Range<usize>>,
    body: Vec<u8>,
}

impl Segment {
    fn open(storage: &dyn Storage, first: u64) -> Result<Self, ReadError> {
        let reader = SegmentReader::open(storage, first)?;
        let (uuid, pages) = (reader.header().uuid, reader.size() / PAGE);
        let seen = BTreeMap::new();
        Ok(Self { file: reader.into_file(), first, uuid, end: pages, seen, block: None })
    }

    /// An entry; `None` behind the end. `end` is the first entry of the next file, if there is one.
    fn entry(&mut self, index: u64, end: Option<u64>) -> Result<Option<&[u8]>, ReadError> {
        let holds = |block: &Block| in_block(&block.header, index);
        if !self.block.as_ref().is_some_and(holds) {
            match self.find(index, end)? {
                Some((page, header)) if in_block(&header, index) => {
                    self.block = Some(self.load(page, header)?);
                }
                _ => return Ok(None),
            }
        }
        let Some(block) = &self.block else { return Ok(None) };
        let place = usize::try_from(index - block.header.first).unwrap_or(usize::MAX);
        let range = block.entries.get(place).cloned();
        Ok(range.and_then(|range| block.body.get(range)))
    }

    /// The index behind the last whole block.
    fn end(&mut self) -> Result<u64, ReadError> {
        let Some((page, header)) = self.find(u64::MAX, None)? else { return Ok(self.first) };
        match self.load(page, header) {
            Ok(block) => self.block = Some(block),
            Err(ReadError::Damaged { .. }) => return Ok(header.first),
            Err(error) => return Err(error),
        }
        Ok(header.first + u64::from(header.count))
    }

    fn load(&self, page: u64, header: BlockHeader) -> Result<Block, ReadError> {
        let mut body = vec![0; header.length as usize];
        read_exact_at(self.file.as_ref(), page * PAGE + BlockHeader::BYTES as u64, &mut body)
            .map_err(|source| self.io(source))?;
        let (mut entries, mut at) = (Vec::new(), 0);
        for entry in Bundle::new(&body) {
            let Ok(entry) = entry else { return Err(self.damaged(page)) };
            entries.push(at + 2..at + 2 + entry.len());
            at += 2 + entry.len();
        }
        let whole =
            entries.len() == header.count as usize && crc32fast::hash(&body) == header.body_crc;
        if whole { Ok(Block { header, entries, body }) } else { Err(self.damaged(page)) }
    }

    fn io(&self, source: io::Error) -> ReadError {
        ReadError::Io { first: self.first, source }
    }

    fn damaged(&self, page: u64) -> ReadError {
        ReadError::Damaged { first: self.first, offset: page * PAGE }
    }

    /// The header at a page, if one stands there.
    fn header_at(&mut self, page: u64) -> Result<Option<BlockHeader>, ReadError> {
        let mut bytes = [0; BlockHeader::BYTES];
        read_exact_at(self.file.as_ref(), page * PAGE, &mut bytes)
            .map_err(|source| self.io(source))?;
        let header = BlockHeader::of(&bytes, &self.uuid);
        if let Some(header) = header {
            self.seen.insert(header.first, (page, header));
        }
        Ok(header)
    }

    /// The first header at or behind a page, before another.
    fn header_from(&mut self, page: u64, end: u64) -> Result<Option<BlockHeader>, ReadError> {
        for page in page..end.min(page + BLOCK_PAGES_MAX + 1) {
            if let Some(header) = self.header_at(page)? {
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// Finds the last block that begins at or before an index: from one block to the next where it
    /// is near, else by guessing where it is and halving in turn. `end` is the first entry of the
    /// next file, if there is one.
    fn find(
        &mut self,
        index: u64,
        end: Option<u64>,
    ) -> Result<Option<(u64, BlockHeader)>, ReadError> {
        if self.seen.is_empty() {
            match self.header_at(1)? {
                Some(header) if header.first == self.first => (),
                _ => return Ok(None),
            }
        }
        for turn in 0.. {
            let Some((_, low)) = self.seen.range(..=index).next_back() else { return Ok(None) };
            let low = *low;
            let next = low.0 + low.1.bytes_on_disk() / PAGE;
            let above = self.seen.range(index.saturating_add(1)..).next();
            let (high, above) = above.map_or((self.end, end), |(at, (page, _))| (*page, Some(*at)));
            if in_block(&low.1, index) || next >= high {
                return Ok(Some(low));
            }
            let near = (high - next) / (next - low.0) <= NEAR_BLOCKS;
            let reached = low.1.first + u64::from(low.1.count);
            let at = match above.filter(|above| *above > reached) {
                _ if near || turn % 3 == 0 => next,
                // Blocks are much alike: a little before where it should be.
                Some(above) if turn % 3 == 1 => {
                    let part = u128::from(high - next) * u128::from(index - reached)
                        / u128::from(above - reached);
                    next + u64::try_from(part).unwrap_or(0).saturating_sub(1)
                }
                _ => next + (high - next) / 2,
            };
            if at == next {
                if self.header_at(next)?.is_none() {
                    self.end = self.end.min(next);
                    return Ok(Some(low));
                }
            } else if self.header_from(at, high)?.is_none() && high == self.end {
                self.end = at;
            }
        }
        Ok(None)
    }
}

fn in_block(header: &BlockHeader, index: u64) -> bool {
    (header.first..header.first + u64::from(header.count)).contains(&index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Machine, record};
    use crate::view::View;

    #[test]
    fn entries_are_found_in_any_order_as_they_stand() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        for number in 0..120_usize {
            for part in 0..=number % 5 {
                let text = format!("{number} {part} {}", "x".repeat(number * 97 % 5000));
                core.append("default", &record(&text)).unwrap();
            }
            core.commit().unwrap();
        }
        let storage: Arc<dyn Storage> = Arc::new(machine.disk.clone());
        let mut all = Vec::new();
        let view = View::open(storage.clone()).unwrap();
        view.walk(0, |_, entry| {
            all.push(entry.to_vec());
            ControlFlow::Continue(())
        })
        .unwrap();
        assert!(view.segments() > 1 || all.len() > 300);
        let mut entries = Entries::open(storage).unwrap();
        for step in [1_usize, 7, 101, 238] {
            for at in (0..all.len()).map(|at| at * step % all.len()) {
                let found = entries.entry(at as u64).unwrap();
                assert_eq!(found, all[at], "{at} of {}", all.len());
            }
        }
        assert_eq!(entries.get(all.len() as u64).unwrap(), None);
        assert_eq!(entries.size().unwrap(), all.len() as u64);
    }
}
