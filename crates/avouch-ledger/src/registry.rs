//! Several logs: what a registry says of them (`docs/ledger-format.md`, section 15).
//!
//! In scope: reading a registry, and what is to be written about a log. Out of scope: judging the logs
//! by it; see `verify`.

use crate::format::EntryHeader;
use crate::format::control::{Act, Control, LogEvent, kinds};
use crate::merkle::{Hash, consistency_proof, verify_consistency};
use crate::note::{Checkpoint, ProofFile, VerifierKey};
use crate::proofs::{self, CheckError, MakeError};
use crate::search::StoredTree;
use crate::storage::Storage;
use crate::view::{View, ViewError};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// LIMIT: heads of all logs that are kept of a registry.
const HEADS_MAX: usize = 1_000_000;

/// What a registry says of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// The public key of its identity, if its birth was told.
    pub identity: Option<String>,
    /// Its sizes and roots, in the order in which they were told.
    pub heads: Vec<(u64, Hash)>,
    /// The sizes at which it was closed, and whether in good order.
    pub closes: BTreeMap<u64, bool>,
}

/// Why nothing is written about a log.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The log cannot be read.
    #[error("the log cannot be read")]
    View(#[from] ViewError),
    /// Its newest checkpoint cannot be read.
    #[error("the newest checkpoint of the log cannot be shown")]
    Make(#[from] MakeError),
    /// Its newest checkpoint is not signed by whom it should be.
    #[error("the newest checkpoint of the log is not to be trusted")]
    Check(#[from] CheckError),
    /// It is registered with another identity.
    #[error("`{0}` is registered with another identity")]
    OtherIdentity(String),
    /// It is not registered.
    #[error("`{0}` is not registered")]
    Unborn(String),
    /// It does not continue what is registered.
    #[error("the log has {now} entries, which do not continue the {before} that are registered")]
    NotContinued {
        /// Entries that are registered.
        before: u64,
        /// Entries now.
        now: u64,
    },
    /// The registry tells of more than is read.
    #[error("the registry tells of more than a million heads")]
    TooMany,
}

/// All logs of which a registry tells, by their names.
pub fn registered(
    registry: Arc<dyn Storage>,
) -> Result<BTreeMap<String, Registered>, RegistryError> {
    let mut logs: BTreeMap<String, Registered> = BTreeMap::new();
    let mut count = 0;
    View::open(registry)?.walk(0, |_, entry| {
        let Ok((header, payload)) = EntryHeader::parse(entry) else {
            return ControlFlow::Continue(());
        };
        if header.kind != kinds::LOG {
            return ControlFlow::Continue(());
        }
        if let Ok(Act::Log { origin, event }) =
            Control::parse(header.kind, payload).map(|control| control.act)
        {
            let log = logs.entry(origin).or_default();
            count += 1;
            match event {
                LogEvent::Birth(identity) => log.identity = Some(identity),
                LogEvent::Head(size, root) => log.heads.push((size, root)),
                LogEvent::Close(size, root, clean) => {
                    log.heads.push((size, root));
                    log.closes.insert(size, clean);
                }
            }
        }
        if count > HEADS_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if count > HEADS_MAX { Err(RegistryError::TooMany) } else { Ok(logs) }
}

/// The newest checkpoint of a log, if the log's identity vouches for the key that signed it.
fn newest(log: Arc<dyn Storage>, identity: &VerifierKey) -> Result<(u64, Hash), RegistryError> {
    let proof = proofs::make(log, 0, |_| None)?;
    proofs::check(&proof, identity)?;
    let file = ProofFile::parse(&proof).map_err(CheckError::from)?;
    let checkpoint = Checkpoint::parse(&file.checkpoint.text)
        .map_err(|error| CheckError::from(crate::note::ProofFileError::from(error)))?;
    Ok((checkpoint.size, checkpoint.root))
}

/// What is to be written about a log now: its birth, unless it is known, and its newest checkpoint,
/// unless it is known. With `close`, that it ended, and whether in good order.
pub fn news(
    log: &Arc<dyn Storage>,
    identity: &VerifierKey,
    known: Option<&Registered>,
    close: bool,
) -> Result<Vec<Act>, RegistryError> {
    let origin = identity.name().to_owned();
    let born = known.and_then(|known| known.identity.as_ref());
    if born.is_some_and(|born| *born != identity.to_string()) {
        return Err(RegistryError::OtherIdentity(origin));
    }
    if close && born.is_none() {
        return Err(RegistryError::Unborn(origin));
    }
    let (size, root) = newest(log.clone(), identity)?;
    let last = known.and_then(|known| known.heads.last().copied());
    if let Some((before, old)) = last {
        let refused = RegistryError::NotContinued { before, now: size };
        let origin_hash = Hash::of(origin.as_bytes());
        let tree = StoredTree::open(log.clone(), origin_hash).ok().filter(|_| before <= size);
        let proof = tree.and_then(|mut tree| consistency_proof(&mut tree, before, size).ok()?);
        let sound = proof
            .is_some_and(|proof| verify_consistency(before, &old, size, &root, &proof).is_ok());
        if !sound {
            return Err(refused);
        }
    }
    let mut acts = Vec::new();
    let mut tell = |event| acts.push(Act::Log { origin: origin.clone(), event });
    if born.is_none() {
        tell(LogEvent::Birth(identity.to_string()));
    }
    let closed = known.is_some_and(|known| known.closes.contains_key(&size));
    if close && !closed {
        tell(LogEvent::Close(size, root, ended(log, size)?));
    } else if !close && last != Some((size, root)) {
        tell(LogEvent::Head(size, root));
    }
    Ok(acts)
}

/// Whether a log ends in good order with the entry before an index.
fn ended(log: &Arc<dyn Storage>, size: u64) -> Result<bool, RegistryError> {
    let mut clean = false;
    let end = View::open(log.clone())?.walk(size.saturating_sub(1), |_, entry| {
        let header = EntryHeader::parse(entry).ok();
        clean = header.is_some_and(|(header, _)| header.kind == kinds::SHUTDOWN);
        ControlFlow::Continue(())
    })?;
    Ok(clean && end == size)
}
