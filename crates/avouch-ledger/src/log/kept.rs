//! What a purge or a redaction leaves of a segment.

use crate::merkle::Hash;
use crate::storage::{Storage, read_whole};
use std::io;

/// The folder of such files.
pub(crate) const KEPT: &str = "kept";

/// LIMIT: bytes of one file.
const FILE_BYTES_MAX: u64 = 256 << 20;

const MAGIC: &[u8; 8] = b"AVLKEPT1";

/// LIMIT: the highest subtree that stands for purged records.
const LEVEL_MAX: u8 = 16;

/// What stands at an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// An entry that stays.
    Entry(&'a [u8]),
    /// Records of one period that are gone: `2^level` of them, or one that was redacted.
    Hole { period: u32, level: u8, hash: Hash, redacted: bool },
}

/// A file, checked in form.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) origin_hash: Hash,
    pub(crate) first: u64,
    pub(crate) end: u64,
    /// The hash of the last block of the segment.
    pub(crate) last: Hash,
    items: Vec<u8>,
}

/// The path of the file that stands for a segment.
pub(crate) fn kept_path(first: u64) -> String {
    format!("{KEPT}/{first:016x}")
}

impl Kept {
    /// Reads a file; `None` when it is malformed.
    pub(crate) fn load(storage: &dyn Storage, first: u64) -> io::Result<Option<Self>> {
        let bytes = read_whole(storage, &kept_path(first), FILE_BYTES_MAX)?;
        Ok(Self::parse(&bytes).filter(|kept| kept.first == first))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (checked, _) = bytes.split_first_chunk::<88>()?;
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (origin, rest) = rest.split_first_chunk::<32>()?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (end, rest) = rest.split_first_chunk::<8>()?;
        let (last, rest) = rest.split_first_chunk::<32>()?;
        let (crc, rest) = rest.split_first_chunk::<4>()?;
        let (items, tail) = rest.split_last_chunk::<5>()?;
        let [0xff, sum @ ..] = *tail else { return None };
        let whole = magic == MAGIC
            && crc32fast::hash(checked) == u32::from_be_bytes(*crc)
            && crc32fast::hash(items) == u32::from_be_bytes(sum);
        let kept = Self {
            origin_hash: Hash(*origin),
            first: u64::from_be_bytes(*first),
            end: u64::from_be_bytes(*end),
            last: Hash(*last),
            items: items.to_vec(),
        };
        (whole && kept.is_sound()).then_some(kept)
    }

    /// Whether the items are well formed and stand for exactly the entries they should.
    fn is_sound(&self) -> bool {
        let mut items = self.items();
        let reached = items.by_ref().last().map_or(self.first, |(index, item)| index + span(item));
        items.rest.is_empty() && reached == self.end && self.first < self.end
    }

    /// The items with the index of their first entry.
    pub(crate) fn items(&self) -> Items<'_> {
        Items { rest: &self.items, index: self.first }
    }
}

/// How many entries an item stands for.
pub(crate) fn span(item: Item<'_>) -> u64 {
    match item {
        Item::Entry(_) => 1,
        Item::Hole { level, .. } => 1 << level,
    }
}

/// Goes over items; ends at the end or where they are malformed.
pub(crate) struct Items<'a> {
    rest: &'a [u8],
    index: u64,
}

impl<'a> Items<'a> {
    fn read(&self) -> Option<(Item<'a>, &'a [u8])> {
        let (kind, rest) = self.rest.split_first()?;
        if *kind == 1 {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
            return Some((Item::Entry(entry), rest));
        }
        let (period, rest) = rest.split_first_chunk::<4>()?;
        let (level, rest) = match kind {
            0 => rest.split_first().map(|(level, rest)| (*level, rest))?,
            2 => (0, rest),
            _ => return None,
        };
        let (hash, rest) = rest.split_first_chunk::<32>()?;
        let aligned = level <= LEVEL_MAX && self.index.is_multiple_of(1 << level);
        let period = u32::from_be_bytes(*period);
        let item = Item::Hole { period, level, hash: Hash(*hash), redacted: *kind == 2 };
        aligned.then_some((item, rest))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = (u64, Item<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (item, rest) = self.read()?;
        let index = self.index;
        self.rest = rest;
        self.index = index.checked_add(span(item))?;
        Some((index, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(items: &[u8], end: u64) -> Vec<u8> {
        let mut bytes =
            [&MAGIC[..], &[1; 32], &8_u64.to_be_bytes(), &end.to_be_bytes(), &[2; 32]].concat();
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes.extend_from_slice(items);
        bytes.push(0xff);
        bytes.extend_from_slice(&crc32fast::hash(items).to_be_bytes());
        bytes
    }

    #[test]
    fn items_are_read_and_must_fill_their_place() {
        let hole = |kind: u8, rest: &[u8]| [&[kind, 0, 0, 0, 7], rest, &[9; 32]].concat();
        let items = [hole(0, &[1]), vec![1, 0, 2, b'a', b'b'], hole(2, &[])].concat();
        let kept = Kept::parse(&file(&items, 12)).unwrap();
        let found: Vec<u64> = kept.items().map(|(index, _)| index).collect();
        assert_eq!(found, [8, 10, 11]);
        assert!(Kept::parse(&file(&items, 13)).is_none());
        assert!(Kept::parse(&file(&hole(0, &[4]), 24)).is_none(), "not aligned");
        assert!(Kept::parse(&file(&[3], 9)).is_none());
        assert!(Kept::parse(&file(&[], 8)).is_none());
    }

    proptest! {
        #[test]
        fn any_items_are_read_without_panic(items in prop::collection::vec(0_u8..4, 0..80), end in 8_u64..20) {
            let _ = Kept::parse(&file(&items, end));
        }
    }
}
