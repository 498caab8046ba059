//! Reading a ledger without writing: entries by their index, and proofs about them.
//!
//! In scope: what is on the disk, taken as it is. Out of scope: judging it; see `verify`.

pub use crate::log::Item;
use crate::log::{ReadError, Stored, each_item, stored};
use crate::merkle::{
    Frontier, Hash, Nodes, consistency_proof, inclusion_proof, leaf_hash, subtree_hash,
};
use crate::storage::Storage;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A ledger that is only read.
#[derive(Clone, Debug)]
pub struct View {
    storage: Arc<dyn Storage>,
    files: Vec<Stored>,
}

/// Why something cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The folder cannot be read.
    #[error("the folder of segments cannot be read")]
    Io(#[from] io::Error),
    /// A segment cannot be read.
    #[error("a segment cannot be read")]
    Read(#[from] ReadError),
    /// There are fewer entries.
    #[error("the ledger has {0} entries")]
    TooFew(u64),
    /// The record was purged or redacted: its hash is left.
    #[error("the record {0} was purged or redacted")]
    Gone(u64),
    /// Hashes within a purged part of the tree are not there any more.
    #[error("a hash within what was purged is not there any more")]
    Pruned,
    /// What is there does not lead to the signed root.
    #[error("the entry {0} is not the one that was signed: see `avouch ledger verify`")]
    Unproven(u64),
    /// A file is not what it should be.
    #[error("`{0}` is malformed")]
    Malformed(String),
}

type Wanted = BTreeSet<(u32, u64)>;

/// Notes down which hashes are needed.
#[derive(Default)]
struct Listing(Wanted);

impl Nodes for Listing {
    type Error = Infallible;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Infallible> {
        self.0.insert((level, index));
        Ok(Hash::default())
    }
}

/// Gives the hashes that were collected.
struct Collected(BTreeMap<(u32, u64), Hash>);

impl Nodes for Collected {
    type Error = ViewError;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, ViewError> {
        self.0.get(&(level, index)).copied().ok_or(ViewError::Pruned)
    }
}

fn listed<T>(what: impl FnOnce(&mut Listing) -> Result<T, Infallible>) -> Wanted {
    let mut listing = Listing::default();
    let Ok(_) = what(&mut listing);
    listing.0
}

impl View {
    /// Looks into a folder.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, ViewError> {
        let files = stored(storage.as_ref())?;
        Ok(Self { storage, files })
    }

    /// Files of entries.
    pub fn segments(&self) -> usize {
        self.files.len()
    }

    /// Goes over the entries from an index on, until it is told to stop. Gives the index behind the
    /// last entry that was there to be read. What is torn at the end is left out, and so are records
    /// that were purged or redacted.
    pub fn walk(
        &self,
        from: u64,
        mut each: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<u64, ViewError> {
        self.walk_items(from, |index, item| match item {
            Item::Entry(entry) => each(index, entry),
            Item::Hole { .. } => ControlFlow::Continue(()),
        })
    }

    /// As [`View::walk`], and tells of what is gone too.
    pub fn walk_items(
        &self,
        from: u64,
        mut each: impl FnMut(u64, Item<'_>) -> ControlFlow<()>,
    ) -> Result<u64, ViewError> {
        let begin = self.files.partition_point(|file| file.first <= from).saturating_sub(1);
        let mut next = self.files.get(begin).map_or(0, |file| file.first);
        for file in self.files.iter().skip(begin) {
            if file.first != next {
                break;
            }
            let mut stopped = None;
            let ended = each_item(self.storage.as_ref(), *file, |index, item| {
                if index + item.span() <= from {
                    return ControlFlow::Continue(());
                }
                let flow = each(index, item);
                if flow.is_break() {
                    stopped = Some(index + item.span());
                }
                flow
            })?;
            if let Some(stopped) = stopped {
                return Ok(stopped);
            }
            next = ended.next;
        }
        Ok(next)
    }

    /// The bytes of an entry.
    pub fn entry(&self, wanted: u64) -> Result<Vec<u8>, ViewError> {
        let mut found = None;
        let size = self.walk_items(wanted, |index, item| {
            found = Some(match item {
                Item::Entry(entry) if index == wanted => Ok(entry.to_vec()),
                Item::Hole { .. } if index <= wanted => Err(ViewError::Gone(wanted)),
                _ => Err(ViewError::TooFew(index)),
            });
            ControlFlow::Break(())
        })?;
        found.unwrap_or(Err(ViewError::TooFew(size)))
    }

    fn collect(&self, wanted: &Wanted, size: u64) -> Result<Collected, ViewError> {
        let mut collected = BTreeMap::new();
        let mut frontier = Frontier::new();
        self.walk_items(0, |_, item| {
            if frontier.size() >= size {
                return ControlFlow::Break(());
            }
            let (level, root) = match item {
                Item::Entry(entry) => (0, leaf_hash(entry)),
                Item::Hole { level, hash, .. } => (level.into(), hash),
            };
            let fits = frontier.push_subtree_with(level, root, |level, index, hash| {
                if wanted.contains(&(level, index)) {
                    collected.insert((level, index), *hash);
                }
            });
            if fits { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        if frontier.size() < size {
            return Err(ViewError::TooFew(frontier.size()));
        }
        Ok(Collected(collected))
    }

    /// The root of the first `size` entries.
    pub fn root(&self, size: u64) -> Result<Hash, ViewError> {
        let wanted = listed(|nodes| subtree_hash(nodes, 0, size));
        subtree_hash(&mut self.collect(&wanted, size)?, 0, size)
    }

    /// Proves that an entry is among the first `size`.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, ViewError> {
        let wanted = listed(|nodes| inclusion_proof(nodes, index, size));
        let proof = inclusion_proof(&mut self.collect(&wanted, size)?, index, size)?;
        proof.ok_or(ViewError::TooFew(size))
    }

    /// Proves that the first `old` entries are the beginning of the first `new`.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, ViewError> {
        let wanted = listed(|nodes| consistency_proof(nodes, old, new));
        let proof = consistency_proof(&mut self.collect(&wanted, new)?, old, new)?;
        proof.ok_or(ViewError::TooFew(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::{Machine, record};
    use crate::merkle::{verify_consistency, verify_inclusion};

    #[test]
    fn what_is_shown_is_proven() {
        let machine = Machine::new(1).born();
        let core = machine.open().unwrap();
        for number in 0..30 {
            core.append("default", &record(&format!("{number}"))).unwrap();
            core.commit().unwrap();
        }
        let view = View::open(Arc::new(machine.disk.clone())).unwrap();
        let size = view.walk(0, |_, _| ControlFlow::Continue(())).unwrap();
        let root = view.root(size).unwrap();
        for index in 0..size {
            let leaf = leaf_hash(&view.entry(index).unwrap());
            let proof = view.inclusion(index, size).unwrap();
            assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        }
        let old = view.root(7).unwrap();
        let proof = view.consistency(7, size).unwrap();
        assert_eq!(verify_consistency(7, &old, size, &root, &proof), Ok(()));
        assert!(matches!(view.entry(size), Err(ViewError::TooFew(_))));
        assert!(matches!(view.inclusion(0, size + 1), Err(ViewError::TooFew(_))));
    }
}
