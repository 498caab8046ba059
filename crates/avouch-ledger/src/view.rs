//! Reading a ledger without writing: entries by their index, and proofs about them.
//!
//! In scope: what is on the disk, taken as it is. Out of scope: judging it; see `verify`.

use crate::log::{ReadError, SEGMENTS, SegmentReader, firsts};
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
    firsts: Vec<u64>,
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
    /// What stood there was purged or redacted.
    #[error("the record {0} was purged or redacted")]
    Gone(u64),
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
        self.0.get(&(level, index)).copied().ok_or(ViewError::TooFew(0))
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
        let firsts = firsts(storage.as_ref(), SEGMENTS)?;
        Ok(Self { storage, firsts })
    }

    /// Files of entries.
    pub fn segments(&self) -> usize {
        self.firsts.len()
    }

    /// Goes over the entries from an index on, until it is told to stop. Gives the index behind the
    /// last entry that was there to be read. What is torn at the end is left out.
    pub fn walk(
        &self,
        from: u64,
        mut each: impl FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<u64, ViewError> {
        let begin = self.firsts.partition_point(|first| *first <= from).saturating_sub(1);
        let mut next = self.firsts.get(begin).copied().unwrap_or(0);
        for first in self.firsts.iter().skip(begin) {
            if *first != next {
                break;
            }
            let mut reader = SegmentReader::open(self.storage.as_ref(), *first)?;
            loop {
                let block = match reader.next_block() {
                    Ok(Some(block)) => block,
                    Ok(None) | Err(ReadError::Damaged { .. }) => break,
                    Err(error) => return Err(error.into()),
                };
                next = block.header.first + u64::from(block.header.count);
                for (index, entry) in block.entries().filter(|(index, _)| *index >= from) {
                    if each(index, entry).is_break() {
                        return Ok(index + 1);
                    }
                }
            }
        }
        Ok(next)
    }

    /// The bytes of an entry.
    pub fn entry(&self, wanted: u64) -> Result<Vec<u8>, ViewError> {
        let mut found = None;
        let size = self.walk(wanted, |index, entry| {
            found = (index == wanted).then(|| entry.to_vec());
            ControlFlow::Break(())
        })?;
        found.ok_or(ViewError::TooFew(size))
    }

    fn collect(&self, wanted: &Wanted, size: u64) -> Result<Collected, ViewError> {
        let mut collected = BTreeMap::new();
        let mut frontier = Frontier::new();
        self.walk(0, |_, entry| {
            if frontier.size() >= size {
                return ControlFlow::Break(());
            }
            frontier.push_with(leaf_hash(entry), |level, index, hash| {
                if wanted.contains(&(level, index)) {
                    collected.insert((level, index), *hash);
                }
            });
            ControlFlow::Continue(())
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
