//! Keeping an archive up with a ledger that goes on: what is there is remembered, so that a step costs
//! what is new and not what is there.

use super::push::{ArchiveError, Archiver, io};
use super::tail::Tail;
use super::told::Told;
use crate::format::canonical::Value;
use crate::format::control::Act;
use crate::log::CHECKPOINTS;
use crate::merkle::Hash;
use crate::storage::read_exact_at;
use std::collections::BTreeMap;

/// Published checkpoints become one more part when they are so many bytes; until then they lie in an
/// object that is replaced, so that an hour does not leave thousands of small ones.
const PART_BYTES: u64 = 256 * 1024;

/// Keeps an archive up with a ledger, whose only archiver it is meanwhile.
#[derive(Debug)]
pub struct Follower {
    archiver: Archiver,
    told: Told,
    /// Packs that are there.
    packs: u64,
    tail: Tail,
    /// Where the parts of the checkpoints end.
    parts: u64,
    /// The hash of what was put there last under a name.
    put: BTreeMap<&'static str, Hash>,
}

impl Follower {
    /// Begins with a place that agrees with the ledger, or has nothing of it.
    ///
    /// # Errors
    /// The archive has another history, or cannot be read or written.
    pub fn begin(archiver: Archiver) -> Result<Self, ArchiveError> {
        archiver.agree()?;
        archiver.begin()?;
        let told = Told::of(&archiver.genesis.policy);
        let (parts, _) = archiver.checkpoints()?;
        Ok(Self { archiver, told, packs: 0, tail: Tail::new(0), parts, put: BTreeMap::new() })
    }

    /// Puts there what came since the last step, and lets an entry be written about each new pack. Gives
    /// how many entries can be restored now. After an error the next step goes on where this one ended.
    ///
    /// # Errors
    /// The archive cannot be written, or somebody else wrote into it what this ledger never published.
    pub fn step(
        &mut self,
        write: impl FnMut(Act) -> Result<(), String>,
    ) -> Result<u64, ArchiveError> {
        // First of all, so that the checkpoints hold it however much is published meanwhile.
        let (newest, size) = self.archiver.newest()?;
        let newest = newest.to_string();
        if self.put.get("head") == Some(&Hash::of(newest.as_bytes())) {
            return Ok(size);
        }
        self.archiver.told_more(&mut self.told)?;
        (_, self.packs) = self.archiver.packs_from(self.packs, &self.told, write)?;
        self.checkpoints()?;
        self.replace("keys", &self.archiver.short("keys")?)?;
        let first = self.packs.saturating_mul(self.archiver.genesis.policy.pack_entries).min(size);
        if self.tail.first() != first {
            self.tail = Tail::new(first);
        }
        self.tail.grow(&self.archiver, size)?;
        let tail = self.tail.encode();
        self.replace("tail", &tail)?;
        let found = self.archiver.get("head")?.map(|(bytes, _)| Hash::of(&bytes));
        if found.is_none() || found != self.put.get("head").copied() {
            self.archiver.agree()?;
        }
        self.replace("head", newest.as_bytes())?;
        Ok(size)
    }

    fn replace(&mut self, name: &'static str, bytes: &[u8]) -> Result<(), ArchiveError> {
        let hash = Hash::of(bytes);
        if self.put.get(name) != Some(&hash) {
            self.archiver.replace(name, bytes)?;
            self.put.insert(name, hash);
        }
        Ok(())
    }

    /// The checkpoints that are in no part yet, `u64(offset) ‖ bytes ‖ SHA-256`, or one more part.
    fn checkpoints(&mut self) -> Result<(), ArchiveError> {
        let file = self.archiver.log.open(CHECKPOINTS).map_err(io(CHECKPOINTS))?;
        let size = file.size().map_err(io(CHECKPOINTS))?;
        let new = size.saturating_sub(self.parts);
        if new >= PART_BYTES {
            (self.parts, _) = self.archiver.checkpoints()?;
        } else {
            let mut bytes = self.parts.to_be_bytes().to_vec();
            let begin = bytes.len();
            bytes.resize(begin + usize::try_from(new).unwrap_or(0), 0);
            let rest = bytes.get_mut(begin..).unwrap_or_default();
            read_exact_at(file.as_ref(), self.parts, rest).map_err(io(CHECKPOINTS))?;
            let digest = Hash::of(&bytes);
            bytes.extend_from_slice(&digest.0);
            self.replace("recent", &bytes)?;
        }
        let state = Value::object([("checkpoints", Value::Number(self.parts))]).encode();
        self.replace("state", state.as_bytes())
    }
}
