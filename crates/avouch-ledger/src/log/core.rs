//! What is shared between those who append and the one who writes.
//!
//! Four locks, always taken in this order: the upkeep (index, periods, heartbeats, purges), the output
//! (the disk), the ring (the keys of periods), the vault (those of subjects), the assembly (the next block). Who appends takes the
//! last alone, but for the first record of a day.

use super::appending::Sealer;
use super::assembly::{Assembly, Batch};
use super::cosigning::Cosigning;
use super::fold::Fold;
use super::gap::Lost;
use super::open::Parts;
use super::publish::{PublishError, Publisher};
use super::writer::{WriteError, Writer};
use crate::format::Origin;
use crate::keys::{Kek, KeyRing};
use crate::merkle::Hash;
use crate::note::{Note, Signer};
use crate::storage::Lock;
use crate::vault::Vault;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// Why a ledger takes nothing any more.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Stop {
    /// It was closed.
    #[error("the ledger was closed")]
    Closed,
    /// A witness knows another history of this log.
    #[error("the ledger was stopped: {0}")]
    Contradicted(String),
    /// The disk, or the place of the newest checkpoint, failed.
    #[error("the ledger was stopped: {0}")]
    Failed(String),
}

/// How far entries are safe.
#[derive(Clone, Debug, Default)]
pub struct Durable {
    /// Entries below this index are on the disk and flushed.
    pub size: u64,
    /// A second place has entries below this index, if there is one.
    pub replicated: Option<u64>,
    /// The archive has entries below this index, if there is one.
    pub archived: Option<u64>,
    /// Why there will be no more.
    pub stop: Option<Stop>,
}

/// The disk side.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) writer: Writer,
    pub(crate) publisher: Publisher,
    pub(crate) signer: Signer,
    pub(crate) spare: Batch,
    /// The state behind what was written last, if it is to be put away.
    pub(crate) state: Option<Fold>,
    /// Entries when the state was put away last.
    pub(crate) put_away: u64,
}

/// A ledger that is open, without a thread of its own.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) parts: Parts,
    pub(crate) origin: Origin,
    pub(crate) origin_hash: Hash,
    pub(crate) ring: Mutex<KeyRing>,
    kek: Mutex<Arc<Kek>>,
    pub(crate) vault: Mutex<Vault>,
    pub(crate) sealers: RwLock<BTreeMap<String, Arc<Sealer>>>,
    /// Held by who keeps things up; true once the orderly end was written, behind which nothing is.
    upkeep: Mutex<bool>,
    output: Mutex<Output>,
    assembly: Mutex<Assembly>,
    pub(crate) durable: Mutex<Durable>,
    /// What was lost, and the log does not tell of yet.
    pub(crate) lost: Mutex<Lost>,
    /// How much of the log is published so that a purge in it may destroy: the size, and since when
    /// enough witnesses vouch for it, in seconds since 1970.
    covered: Mutex<(u64, u64)>,
    /// What was decided and could not be brought to its end when the ledger was opened.
    unfinished: Mutex<Option<String>>,
    /// Rung when entries are safe, or never will be.
    pub(crate) done: Condvar,
    /// Rung when the next block has room again.
    pub(crate) room: Condvar,
    /// Rung when the next block has entries.
    pub(crate) work: Condvar,
    /// How long a block waits for more entries, in microseconds.
    gathering_us: AtomicU64,
    /// What witnesses are asked.
    pub(crate) cosigning: Cosigning,
    /// Rung when there is something to keep up.
    pub(crate) due: Condvar,
    /// Entries when it was opened.
    pub(crate) opened_at: u64,
    /// Held as long as the ledger is open: nobody else writes.
    _lock: Box<dyn Lock>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(crate) fn new(
        parts: Parts,
        origin: Origin,
        assembly: Assembly,
        ((kek, ring, vault), output): ((Arc<Kek>, KeyRing, Vault), Output),
        lock: Box<dyn Lock>,
        size: u64,
    ) -> Self {
        Self {
            parts,
            origin_hash: origin.hash(),
            origin,
            ring: Mutex::new(ring),
            kek: Mutex::new(kek),
            vault: Mutex::new(vault),
            sealers: RwLock::new(BTreeMap::new()),
            upkeep: Mutex::new(false),
            output: Mutex::new(output),
            assembly: Mutex::new(assembly),
            durable: Mutex::new(Durable { size, ..Durable::default() }),
            lost: Mutex::new(Lost::default()),
            covered: Mutex::new((0, 0)),
            unfinished: Mutex::new(None),
            done: Condvar::new(),
            room: Condvar::new(),
            work: Condvar::new(),
            gathering_us: AtomicU64::new(0),
            cosigning: Cosigning::default(),
            due: Condvar::new(),
            opened_at: size,
            _lock: lock,
        }
    }

    /// The key that wraps the others now.
    pub(crate) fn kek(&self) -> Arc<Kek> {
        lock(&self.kek).clone()
    }

    /// Lets another key wrap the others from here on.
    pub(crate) fn use_kek(&self, kek: Arc<Kek>) {
        *lock(&self.kek) = kek;
    }

    pub(crate) fn assembly(&self) -> MutexGuard<'_, Assembly> {
        lock(&self.assembly)
    }

    pub(crate) fn upkeep_lock(&self) -> MutexGuard<'_, bool> {
        lock(&self.upkeep)
    }

    pub(crate) fn output(&self) -> MutexGuard<'_, Output> {
        lock(&self.output)
    }

    /// How far entries are safe.
    pub(crate) fn durable(&self) -> Durable {
        lock(&self.durable).clone()
    }

    /// Waits until an entry is safe.
    pub(crate) fn wait(&self, index: u64) -> Result<(), Stop> {
        let mut durable = lock(&self.durable);
        loop {
            if durable.size > index {
                return Ok(());
            }
            if let Some(stop) = &durable.stop {
                return Err(stop.clone());
            }
            durable = self.done.wait(durable).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Looks whether the newest checkpoint has the cosignatures that a purge needs.
    pub(crate) fn note_cover(&self, output: &Output) {
        let note = output.publisher.newest().and_then(|note| Note::parse(note).ok());
        let Some((note, size)) = note.zip(output.publisher.size) else { return };
        let since_s = match &self.parts.quorum {
            None => Some(u64::MAX),
            Some(policy) => policy.witnessed_at(&note).ok().flatten(),
        };
        if let Some(since_s) = since_s {
            *lock(&self.covered) = (size, since_s);
        }
    }

    /// Whether a purge, decided by an entry and due at a time, may destroy: a checkpoint covers it,
    /// and the witnesses' clocks agree that it is due.
    pub(crate) fn covers(&self, index: u64, due_ms: u64) -> bool {
        let (size, since_s) = *lock(&self.covered);
        size > index && since_s.saturating_add(1).saturating_mul(1000) >= due_ms
    }

    /// Remembers what could not be brought to its end.
    pub(crate) fn tell_unfinished(&self, error: &dyn std::error::Error) {
        *lock(&self.unfinished) = Some(error_chain(error));
    }

    /// What was decided and is not at its end.
    pub(crate) fn unfinished(&self) -> Option<String> {
        let waiting = !self.assembly().fold.purges.is_empty();
        let waits = || "a purge waits for witnesses, or for the next version of the key that wraps the others";
        lock(&self.unfinished).clone().or_else(|| waiting.then(waits).map(str::to_owned))
    }

    /// Takes nothing any more, and tells all who wait.
    pub(crate) fn stop(&self, stop: Stop) {
        lock(&self.durable).stop.get_or_insert(stop);
        self.done.notify_all();
        self.room.notify_all();
        self.work.notify_all();
        self.due.notify_all();
    }

    /// How long a block waits for more entries.
    pub(crate) fn gathering(&self) -> Duration {
        Duration::from_micros(self.gathering_us.load(Ordering::Relaxed))
    }

    /// Has blocks wait so long for more entries.
    pub(crate) fn gather(&self, time: Duration) {
        let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.gathering_us.store(us, Ordering::Relaxed);
    }

    /// Writes the next block, if there is anything in it. Whether there was.
    pub(crate) fn commit(&self) -> Result<bool, WriteError> {
        self.commit_with(&mut self.output())
    }

    pub(crate) fn commit_with(&self, output: &mut Output) -> Result<bool, WriteError> {
        let mut batch = {
            let mut assembly = self.assembly();
            if assembly.batch.is_empty() {
                return Ok(false);
            }
            output.state = output.state_is_due().then(|| assembly.fold.clone());
            assembly.take(std::mem::take(&mut output.spare))
        };
        self.room.notify_all();
        let done = output.writer.write(&mut batch);
        output.spare = batch;
        match done {
            Ok(()) => {
                self.became_safe(output);
                Ok(true)
            }
            Err(error) => {
                self.stop(Stop::Failed(error_chain(&error)));
                Err(error)
            }
        }
    }

    /// Tells all who wait how far entries are safe.
    pub(crate) fn became_safe(&self, output: &Output) {
        lock(&self.durable).size = output.writer.frontier.size();
        self.done.notify_all();
    }

    /// Signs and publishes what is safe; `None` when it was published already.
    pub(crate) fn publish(&self) -> Result<Option<Note>, PublishError> {
        self.publish_with(&mut self.output())
    }

    pub(crate) fn publish_with(&self, output: &mut Output) -> Result<Option<Note>, PublishError> {
        let (size, root) = (output.writer.frontier.size(), output.writer.frontier.root());
        if output.publisher.size == Some(size) || size == 0 {
            return Ok(None);
        }
        match output.publisher.publish(size, root, &output.signer) {
            Ok(note) => {
                self.note_cover(output);
                let grown = output.writer.grown.take();
                self.cosigning.offer(&note, &output.writer.frontier, &grown);
                self.put_away(output);
                Ok(Some(note))
            }
            Err(error) => {
                output.writer.stopped = true;
                self.stop(Stop::Failed(error_chain(&error)));
                Err(error)
            }
        }
    }
}

/// An error with all its causes, in one line.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
