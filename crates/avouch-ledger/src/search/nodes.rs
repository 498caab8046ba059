//! Hashes of the tree, from the files of leaf hashes where there are any, else from the entries.

use super::entries::Entries;
use crate::log::{HashFile, PACK_ENTRIES, PACK_LEVEL, ROW_HASHES, ROW_LEVEL, root_of, row_roots};
use crate::merkle::{Hash, Nodes, inclusion_proof, node_hash, verify_inclusion};
use crate::storage::Storage;
use crate::view::ViewError;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// LIMIT: packs that are remembered at once.
const PACKS_MAX: usize = 16;

/// The tree of a ledger.
#[derive(Debug)]
pub struct StoredTree {
    storage: Arc<dyn Storage>,
    origin_hash: Hash,
    entries: Entries,
    packs: BTreeMap<u64, Pack>,
    /// The roots of packs and of what lies above, by level and index.
    above: BTreeMap<(u32, u64), Hash>,
    /// Whether the files are used: not after one was found to be wrong.
    trusting: bool,
}

/// What is known of one pack.
#[derive(Debug)]
enum Pack {
    File { file: HashFile, rows: Vec<Hash>, row: Option<(u64, Vec<Hash>)> },
    Read { leaves: Vec<Hash>, rows: Vec<Hash> },
}

impl StoredTree {
    /// The tree of the ledger in a folder.
    pub fn open(storage: Arc<dyn Storage>, origin_hash: Hash) -> Result<Self, ViewError> {
        let entries = Entries::open(storage.clone())?;
        let (packs, above) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { storage, origin_hash, entries, packs, above, trusting: true })
    }

    /// Takes all hashes from the entries from now on.
    fn distrust(&mut self) {
        self.packs.clear();
        self.above.clear();
        self.trusting = false;
    }

    /// Proves that an entry is under the root of the first `size`.
    pub fn inclusion(
        &mut self,
        (index, leaf): (u64, &Hash),
        (size, root): (u64, &Hash),
    ) -> Result<Vec<Hash>, ViewError> {
        let path = inclusion_proof(self, index, size)?.ok_or(ViewError::TooFew(size))?;
        if verify_inclusion(leaf, index, size, &path, root).is_ok() {
            return Ok(path);
        }
        self.distrust();
        let path = inclusion_proof(self, index, size)?.ok_or(ViewError::TooFew(size))?;
        let proven = verify_inclusion(leaf, index, size, &path, root);
        proven.map(|()| path).map_err(|_| ViewError::Unproven(index))
    }

    fn pack(&mut self, number: u64) -> Result<&mut Pack, ViewError> {
        if !self.packs.contains_key(&number) {
            if self.packs.len() >= PACKS_MAX {
                self.packs.clear();
            }
            let pack = self.load(number)?;
            self.packs.insert(number, pack);
        }
        self.packs.get_mut(&number).ok_or(ViewError::TooFew(0))
    }

    fn load(&mut self, number: u64) -> Result<Pack, ViewError> {
        let storage = self.storage.as_ref();
        if self.trusting
            && let Some(file) = HashFile::open(storage, &self.origin_hash, number)
        {
            let rows = file.roots()?;
            return Ok(Pack::File { file, rows, row: None });
        }
        let first = number * PACK_ENTRIES;
        let mut leaves = Vec::new();
        self.entries.walk(first..first + PACK_ENTRIES, |_, found| match found.leaf() {
            Some(leaf) => {
                leaves.push(leaf);
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        })?;
        let rows = row_roots(leaves.as_chunks::<ROW_HASHES>().0.as_flattened());
        Ok(Pack::Read { leaves, rows })
    }

    fn leaf_row(&mut self, row: u64) -> Result<&[Hash], ViewError> {
        let within = row % ROW_HASHES as u64;
        match self.pack(row / ROW_HASHES as u64)? {
            Pack::File { file, row: known, .. } => {
                if known.as_ref().is_none_or(|(at, _)| *at != within) {
                    *known = Some((within, file.row(within)?));
                }
                Ok(known.as_ref().map(|(_, row)| row.as_slice()).unwrap_or_default())
            }
            Pack::Read { leaves, .. } => {
                Ok(leaves.chunks(ROW_HASHES).nth(place(within)).unwrap_or_default())
            }
        }
    }

    /// The root over `2^height` hashes of a row, which must be there.
    fn folded(row: &[Hash], index: u64, height: u32) -> Result<Hash, ViewError> {
        let begin = place(index << height) % ROW_HASHES;
        let hashes = row.get(begin..begin + (1 << height)).ok_or(ViewError::TooFew(0))?;
        Ok(root_of(hashes))
    }

    fn pack_root(&mut self, number: u64) -> Result<Hash, ViewError> {
        // Of most packs nothing but the root is needed.
        if self.trusting
            && !self.packs.contains_key(&number)
            && let Some(file) = HashFile::open(self.storage.as_ref(), &self.origin_hash, number)
        {
            return Ok(file.root()?);
        }
        match self.pack(number)? {
            Pack::File { rows, .. } | Pack::Read { rows, .. } if rows.len() == ROW_HASHES => {
                Ok(root_of(rows))
            }
            _ => Err(ViewError::TooFew(number * PACK_ENTRIES)),
        }
    }
}

impl Nodes for StoredTree {
    type Error = ViewError;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, ViewError> {
        if level < ROW_LEVEL {
            let row = index >> (ROW_LEVEL - level);
            return Self::folded(self.leaf_row(row)?, index, level);
        }
        if level < PACK_LEVEL {
            let pack = self.pack(index >> (PACK_LEVEL - level))?;
            let (Pack::File { rows, .. } | Pack::Read { rows, .. }) = pack;
            return Self::folded(rows, index, level - ROW_LEVEL);
        }
        if let Some(hash) = self.above.get(&(level, index)) {
            return Ok(*hash);
        }
        let hash = if level == PACK_LEVEL {
            self.pack_root(index)?
        } else {
            let left = self.node(level - 1, 2 * index)?;
            node_hash(&left, &self.node(level - 1, 2 * index + 1)?)
        };
        self.above.insert((level, index), hash);
        Ok(hash)
    }
}

fn place(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Machine, record};
    use crate::merkle::{consistency_proof, subtree_hash, verify_consistency};
    use crate::storage::{read_whole, replace};

    fn grown() -> (Machine, Vec<Hash>) {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        for number in 0..90 {
            core.append("default", &record(&format!("{number}"))).unwrap();
            core.commit().unwrap();
            assert!(core.upkeep());
        }
        let mut entries = Entries::open(Arc::new(machine.disk.clone())).unwrap();
        let mut leaves = Vec::new();
        entries
            .walk(0..u64::MAX, |_, found| {
                leaves.extend(found.leaf());
                ControlFlow::Continue(())
            })
            .unwrap();
        (machine, leaves)
    }

    fn tree(machine: &Machine) -> StoredTree {
        let origin_hash = Hash::of(b"log.example/a");
        StoredTree::open(Arc::new(machine.disk.clone()), origin_hash).unwrap()
    }

    #[test]
    fn hashes_that_are_stored_are_those_of_the_entries() {
        let (machine, leaves) = grown();
        let size = leaves.len() as u64;
        let mut tree = tree(&machine);
        for level in 0..6 {
            for index in 0..size >> level {
                let range = place(index << level)..place((index + 1) << level);
                assert_eq!(tree.node(level, index).unwrap(), root_of(&leaves[range]));
            }
        }
        let root = root_of(&leaves);
        for old in 1..size {
            let before = subtree_hash(&mut tree, 0, old).unwrap();
            assert_eq!(before, root_of(&leaves[..place(old)]));
            let proof = consistency_proof(&mut tree, old, size).unwrap().unwrap();
            assert_eq!(verify_consistency(old, &before, size, &root, &proof), Ok(()));
        }
    }

    #[test]
    fn a_file_of_hashes_that_is_wrong_or_missing_spoils_no_proof() {
        let (machine, leaves) = grown();
        let (size, root) = (leaves.len() as u64, root_of(&leaves));
        let names = machine.disk.list("hash").unwrap();
        assert!(names.len() > 4);
        let prove = || {
            let mut tree = tree(&machine);
            for (index, leaf) in (0..).zip(&leaves) {
                tree.inclusion((index, leaf), (size, &root)).unwrap();
            }
        };
        for name in names {
            let path = format!("hash/{name}");
            let bytes = read_whole(&machine.disk, &path, 1 << 20).unwrap();
            for at in (0..bytes.len()).step_by(23) {
                let mut changed = bytes.clone();
                changed[at] ^= 4;
                replace(&machine.disk, &path, &changed).unwrap();
                prove();
            }
            machine.disk.remove(&path).unwrap();
            prove();
        }
    }

    #[test]
    fn what_was_not_signed_is_not_proven() {
        let (machine, leaves) = grown();
        let said = tree(&machine).inclusion((3, &leaves[4]), (90, &root_of(&leaves[..90])));
        assert!(matches!(said, Err(ViewError::Unproven(3))));
    }
}
