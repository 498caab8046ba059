//! Files of leaf hashes: from them any proof is made without reading the entries again.
//!
//! Derived: they are written without haste, whoever reads one sees by the signed root whether it is
//! right, and without them a proof takes longer.

use super::core::Core;
use crate::merkle::{Frontier, Hash};
use crate::search::Entries;
use crate::storage::{Storage, StoredFile, read_exact_at, replace};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;

/// The folder of such files.
pub(crate) const HASHES: &str = "hash";

/// A file holds the hashes of `2^PACK_LEVEL` entries.
pub(crate) const PACK_LEVEL: u32 = if cfg!(test) { 4 } else { 16 };

/// Entries of one file.
pub(crate) const PACK_ENTRIES: u64 = 1 << PACK_LEVEL;

/// A row is `2^ROW_LEVEL` hashes: a tile of C2SP `tlog-tiles`.
pub(crate) const ROW_LEVEL: u32 = PACK_LEVEL / 2;

/// Hashes of one row, and rows of one file.
pub(crate) const ROW_HASHES: usize = 1 << ROW_LEVEL;

const MAGIC: &[u8; 8] = b"AVLHASH1";

/// Bytes before the hashes: magic, origin, number.
const HEAD_BYTES: usize = 8 + 32 + 8;

/// The path of the n-th file.
pub(crate) fn hashes_path(number: u64) -> String {
    format!("{HASHES}/{number:016x}")
}

/// The roots of rows of hashes, which must be whole.
pub(crate) fn row_roots(hashes: &[Hash]) -> Vec<Hash> {
    hashes.chunks(ROW_HASHES).map(root_of).collect()
}

/// The same of a pack, of which some may be known by the number of the row.
fn pack_row_roots(number: u64, leaves: &[Hash], known: &BTreeMap<u64, Hash>) -> Vec<Hash> {
    let first = number * ROW_HASHES as u64;
    let rows = (first..).zip(leaves.chunks(ROW_HASHES));
    rows.map(|(row, leaves)| known.get(&row).copied().unwrap_or_else(|| root_of(leaves))).collect()
}

/// The root over hashes.
pub(crate) fn root_of(hashes: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    for hash in hashes {
        tree.push(*hash);
    }
    tree.root()
}

/// The file: leaf hashes, the root of each row, the root of all. Roots of rows that are known already
/// need not be computed.
pub(crate) fn encode_hashes(
    origin_hash: &Hash,
    number: u64,
    leaves: &[Hash],
    known: &BTreeMap<u64, Hash>,
) -> Vec<u8> {
    let rows = pack_row_roots(number, leaves, known);
    let root = root_of(&rows);
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&origin_hash.0);
    bytes.extend_from_slice(&number.to_be_bytes());
    for hash in leaves.iter().chain(&rows).chain([&root]) {
        bytes.extend_from_slice(&hash.0);
    }
    bytes
}

/// A file that is open.
#[derive(Debug)]
pub(crate) struct HashFile {
    file: Box<dyn StoredFile>,
}

impl HashFile {
    /// Bytes of the file.
    pub(crate) const BYTES: u64 = HEAD_BYTES as u64 + 32 * (PACK_ENTRIES + ROW_HASHES as u64 + 1);

    /// Opens the n-th file; `None` when it is not there, or is no such file.
    pub(crate) fn open(storage: &dyn Storage, origin_hash: &Hash, number: u64) -> Option<Self> {
        let file = storage.open(&hashes_path(number)).ok()?;
        let mut head = [0; HEAD_BYTES];
        read_exact_at(file.as_ref(), 0, &mut head).ok()?;
        let expected = [&MAGIC[..], &origin_hash.0, &number.to_be_bytes()].concat();
        (head == *expected && file.size().ok()? == Self::BYTES).then_some(Self { file })
    }

    fn hashes(&self, first: u64, count: usize) -> io::Result<Vec<Hash>> {
        let mut bytes = vec![0; 32 * count];
        read_exact_at(self.file.as_ref(), HEAD_BYTES as u64 + 32 * first, &mut bytes)?;
        let (hashes, _) = bytes.as_chunks::<32>();
        Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
    }

    /// The leaf hashes of a row.
    pub(crate) fn row(&self, row: u64) -> io::Result<Vec<Hash>> {
        self.hashes(row * ROW_HASHES as u64, ROW_HASHES)
    }

    /// The roots of all rows.
    pub(crate) fn roots(&self) -> io::Result<Vec<Hash>> {
        self.hashes(PACK_ENTRIES, ROW_HASHES)
    }

    /// The root of all.
    pub(crate) fn root(&self) -> io::Result<Hash> {
        let hashes = self.hashes(PACK_ENTRIES + ROW_HASHES as u64, 1)?;
        hashes.first().copied().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Leaf hashes that no file holds yet.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    /// The index of the first of them.
    first: u64,
    hashes: Vec<Hash>,
    /// Whether some of them are not known, so that there will be no file.
    unknown: bool,
    /// Whole packs, with their numbers.
    full: Vec<(u64, Vec<Hash>)>,
}

impl Leaves {
    /// Begins with the pack that an index lies in.
    pub(crate) fn from(size: u64) -> Self {
        Self { first: size - size % PACK_ENTRIES, ..Self::default() }
    }

    /// The index of the first of them.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Whether there is a file to write of the first `safe` entries.
    pub(crate) fn are_due(&self, safe: u64) -> bool {
        self.full.first().is_some_and(|(number, _)| *number < safe / PACK_ENTRIES)
    }

    /// Takes in the next one.
    pub(crate) fn push(&mut self, leaf: Hash) {
        self.hashes.push(leaf);
        if self.hashes.len() as u64 == PACK_ENTRIES {
            let whole = std::mem::take(&mut self.hashes);
            if !std::mem::take(&mut self.unknown) {
                self.full.push((self.first / PACK_ENTRIES, whole));
            }
            self.first += PACK_ENTRIES;
        }
    }

    /// Takes in the next one, which nobody knows any more.
    pub(crate) fn push_unknown(&mut self) {
        self.unknown = true;
        self.push(Hash::default());
    }
}

impl Core {
    /// Writes the files of leaf hashes that are due. What cannot be written is left out: it is
    /// derived.
    pub(crate) fn write_hashes(&self) {
        // What is not safe yet may turn out otherwise after a crash.
        let safe = self.durable().size / PACK_ENTRIES;
        let full: Vec<_> =
            self.assembly().leaves.full.extract_if(.., |(number, _)| *number < safe).collect();
        if full.is_empty() {
            return;
        }
        let rows = {
            let mut output = self.output();
            let later = output.writer.rows.split_off(&(safe * ROW_HASHES as u64));
            std::mem::replace(&mut output.writer.rows, later)
        };
        for (number, leaves) in full {
            let _ = self.write_pack(number, &leaves, &rows);
        }
    }

    fn write_pack(
        &self,
        number: u64,
        leaves: &[Hash],
        rows: &BTreeMap<u64, Hash>,
    ) -> io::Result<()> {
        let bytes = encode_hashes(&self.origin_hash, number, leaves, rows);
        self.parts.log.create_folder(HASHES)?;
        replace(self.parts.log.as_ref(), &hashes_path(number), &bytes)
    }

    /// Makes one file that is missing, such as one that a crash kept from being written; whether
    /// there was one to make, and it could be made.
    pub(crate) fn mend_hashes(&self) -> bool {
        let Some(number) = self.missing_hashes() else { return false };
        let Ok(mut entries) = Entries::open(self.parts.log.clone()) else { return false };
        let mut leaves = Vec::new();
        let first = number * PACK_ENTRIES;
        let walked = entries.walk(first..first + PACK_ENTRIES, |_, found| match found.leaf() {
            Some(leaf) => {
                leaves.push(leaf);
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        });
        let whole = walked.is_ok() && leaves.len() as u64 == PACK_ENTRIES;
        whole && self.write_pack(number, &leaves, &BTreeMap::new()).is_ok()
    }

    fn missing_hashes(&self) -> Option<u64> {
        let whole = self.durable().size / PACK_ENTRIES;
        let names = self.parts.log.list(HASHES).ok()?;
        let there: BTreeSet<u64> =
            names.iter().filter_map(|name| u64::from_str_radix(name, 16).ok()).collect();
        let waiting: BTreeSet<u64> =
            self.assembly().leaves.full.iter().map(|(number, _)| *number).collect();
        (0..whole).find(|number| !there.contains(number) && !waiting.contains(number))
    }
}
