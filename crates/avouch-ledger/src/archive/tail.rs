//! The entries behind the packs, as an archive holds them.

use super::pack::PACK_BYTES_MAX;
use super::push::{ArchiveError, Archiver};
use crate::merkle::{Hash, push_entry};
use crate::view::View;
use std::ops::ControlFlow;

/// The entries behind the packs.
#[derive(Debug)]
pub(super) struct Tail {
    first: u64,
    end: u64,
    bundle: Vec<u8>,
}

impl Tail {
    /// None yet, from an index on.
    pub(super) fn new(first: u64) -> Self {
        Self { first, end: first, bundle: Vec::new() }
    }

    /// Where it begins.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Reads on, so that it has all entries below an index.
    pub(super) fn grow(&mut self, archiver: &Archiver, size: u64) -> Result<(), ArchiveError> {
        if self.end >= size {
            return Ok(());
        }
        View::open(archiver.log.clone())?.walk(self.end, |index, entry| {
            // A record that is gone leaves a hole, which a tail cannot have.
            if index != self.end || index >= size || self.bundle.len() > PACK_BYTES_MAX {
                return ControlFlow::Break(());
            }
            // An entry that was read is never too long.
            let _ = push_entry(&mut self.bundle, entry);
            self.end = index + 1;
            ControlFlow::Continue(())
        })?;
        if self.end < size {
            return Err(ArchiveError::Gone(self.first / archiver.genesis.policy.pack_entries));
        }
        Ok(())
    }

    /// `u64(first) ‖ u64(end) ‖ bundle ‖ SHA-256`.
    pub(super) fn encode(&self) -> Vec<u8> {
        let ends = [self.first.to_be_bytes(), self.end.to_be_bytes()].concat();
        let mut bytes = [ends.as_slice(), &self.bundle].concat();
        let digest = Hash::of(&bytes);
        bytes.extend_from_slice(&digest.0);
        bytes
    }
}
