//! Judges a ledger: whether anything was altered, removed, inserted, reordered or cut off.
//!
//! In scope: everything that `docs/ledger-format.md` lets a verifier check with the knowledge at
//! hand. Nothing here writes, needs a private key or asks the network; memory is bounded whatever
//! the size of the log. Out of scope: what the records mean.

mod anchors;
mod checkpoints;
mod claims;
mod code;
#[cfg(test)]
mod corpus;
mod derived;
mod files;
mod held;
#[cfg(test)]
mod hostile;
mod keys;
mod logs;
mod opening;
mod packs;
mod pass;
mod report;
mod rules;
#[cfg(test)]
mod tests;
mod tiles;
mod witnesses;
#[cfg(test)]
mod written;

pub use checkpoints::each_published;
pub use code::Code;
pub use held::{Held, HeldError, Receipt};
pub use logs::verify_logs;
pub use report::{Finding, Report, Verdict};
pub use witnesses::{PolicyError, WitnessPolicy};

use crate::keys::Secret32;
use crate::merkle::Hash;
use crate::note::{Note, VerifierKey};
use crate::storage::Storage;
use std::collections::BTreeMap;

/// What the auditor knows besides the files of the ledger.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// The public key of the log's identity, whose name is that of the log.
    pub identity: VerifierKey,
    /// Checkpoints that the auditor kept from before, or that witnesses or a mirror show.
    pub earlier: Vec<Note>,
    /// When it is asked, in milliseconds since 1970. Without it, a log that fell silent and never
    /// said so is not found out.
    pub now_ms: Option<u64>,
    /// Which witnesses are trusted.
    pub witnesses: Option<WitnessPolicy>,
    /// Sizes and roots that a registry tells of.
    pub heads: Vec<(u64, Hash)>,
    /// Sizes at which a registry says that the log was closed, and whether in good order.
    pub closes: BTreeMap<u64, bool>,
    /// The secrets of periods, by number.
    pub secrets: BTreeMap<u32, Secret32>,
    /// Whether these are the secrets of all periods that were not purged.
    pub complete: bool,
    /// What else the auditor was given.
    pub held: Held,
}

impl Knowledge {
    /// Nothing but the public key.
    pub fn of(identity: VerifierKey) -> Self {
        Self {
            identity,
            earlier: Vec::new(),
            now_ms: None,
            witnesses: None,
            heads: Vec::new(),
            closes: BTreeMap::new(),
            secrets: BTreeMap::new(),
            complete: false,
            held: Held::default(),
        }
    }
}

/// Judges the ledger in a folder.
pub fn verify(storage: &dyn Storage, knowledge: &Knowledge) -> Report {
    pass::run(storage, knowledge)
}
