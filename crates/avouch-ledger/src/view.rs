//! Reading a ledger without writing, from an entry on.
//!
//! In scope: what is on the disk, taken as it is. Out of scope: judging it; see `verify`.

pub use crate::log::Item;
use crate::log::{ReadError, Stored, each_item, stored};
use crate::storage::Storage;
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
}
