//! Judges a ledger: whether anything was altered, removed, inserted, reordered or cut off.
//!
//! In scope: everything that `docs/ledger-format.md` lets a verifier check with the knowledge at
//! hand. Nothing here writes, needs a private key or asks the network; memory is bounded whatever
//! the size of the log. Out of scope: what the records mean.

mod checkpoints;
mod code;
mod keys;
mod pass;
mod report;
mod rules;
#[cfg(test)]
mod tests;

pub use code::Code;
pub use report::{Finding, Report, Verdict};

use crate::note::{Note, VerifierKey};
use crate::storage::Storage;

/// What the auditor knows besides the files of the ledger.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// The public key of the log's identity, whose name is that of the log.
    pub identity: VerifierKey,
    /// Checkpoints that the auditor kept from before.
    pub earlier: Vec<Note>,
    /// When it is asked, in milliseconds since 1970. Without it, a log that fell silent and never
    /// said so is not found out.
    pub now_ms: Option<u64>,
}

impl Knowledge {
    /// Nothing but the public key.
    pub fn of(identity: VerifierKey) -> Self {
        Self { identity, earlier: Vec::new(), now_ms: None }
    }
}

/// Judges the ledger in a folder.
pub fn verify(storage: &dyn Storage, knowledge: &Knowledge) -> Report {
    pass::run(storage, knowledge)
}
