//! A ledger that is open, with the threads that write, keep things up, and ask witnesses.

use super::administer::AdministerError;
use super::appending::AppendError;
use super::assembly::Assembly;
use super::consult::Seat;
use super::core::{Core, Durable, Stop};
use super::cosigning::Standing;
use super::erase::{EraseError, Erased};
use super::level::{Level, WaitError};
use super::open::{OpenError, Parts};
use super::publish::PublishError;
use super::purge::{PurgeError, Purged};
use super::redact::RedactError;
use super::retention::{ApprovalId, Expiring};
use super::rotate::RotateError;
use super::writer::WriteError;
use crate::format::control::Act;
use crate::format::{Origin, Record};
use crate::keys::Secret32;
use crate::merkle::Hash;
use crate::vault::{Personal, Pseudonym, VaultError};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often what is new is signed and published.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// How long to wait for entries at least.
const WAIT_LEAST: Duration = Duration::from_millis(10);

/// What a ledger holds when it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Entries.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

/// A ledger that is open for writing. Closing it writes an orderly end; dropping it does not.
#[derive(Debug)]
pub struct Ledger {
    core: Arc<Core>,
    threads: Vec<JoinHandle<()>>,
    asking: Option<JoinHandle<()>>,
}

/// Why a ledger could not be closed in good order.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The last entries were not written.
    #[error("the end could not be written down")]
    Write(#[from] WriteError),
    /// The last checkpoint was not published.
    #[error("the last checkpoint could not be published")]
    Publish(#[from] PublishError),
    /// The ledger had stopped before.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl Ledger {
    /// Opens a ledger for writing.
    pub fn open(parts: Parts) -> Result<Self, OpenError> {
        Ok(Self::run(parts.open()?))
    }

    /// Opens a ledger whose signing key is lost, for writing with a new one. The identity of the log signs
    /// for it, and administrators approve.
    pub fn open_anew(
        parts: Parts,
        identity: &Secret32,
        approvals: &[Secret32],
    ) -> Result<Self, OpenError> {
        Ok(Self::run(parts.open_anew(identity, approvals)?))
    }

    pub(crate) fn run(core: Core) -> Self {
        let core = Arc::new(core);
        let start = |name: &str, work: fn(&Core)| {
            let builder = std::thread::Builder::new().name(name.to_owned());
            let thread = builder.spawn({
                let core = core.clone();
                move || work(&core)
            });
            thread.map_err(|error| {
                core.stop(Stop::Failed(format!("no thread could be started: {error}")));
            })
        };
        let threads = [start("ledger", Core::sequence), start("ledger-upkeep", Core::keep_up)];
        let threads = threads.into_iter().flatten().collect();
        Self { core, threads, asking: None }
    }

    /// Has checkpoints cosigned from now on, beside the writing.
    pub fn with_witnesses(mut self, seats: Vec<Seat>) -> Self {
        if seats.is_empty() {
            return self;
        }
        self.core.cosigning.seat(seats);
        let core = self.core.clone();
        let asking = std::thread::Builder::new().name("witnesses".to_owned());
        self.asking = asking.spawn(move || core.keep_cosigning()).ok();
        self
    }

    /// Waits so long for more entries before a block is written, where entries come side by side: one
    /// flush then serves more of them. What comes alone is written at once. Nothing by default.
    #[must_use]
    pub fn gathering(self, time: Duration) -> Self {
        self.core.gather(time);
        self
    }

    /// How the witnesses stand.
    pub fn standings(&self) -> Vec<Standing> {
        self.core.cosigning.standings()
    }

    /// The name of the log.
    pub fn origin(&self) -> &Origin {
        &self.core.origin
    }

    /// Whether there is a retention class of that name. What is appended to another is refused.
    pub fn has_class(&self, class: &str) -> bool {
        self.core.has_class(class)
    }

    /// Appends a record of a retention class and gives its index. It waits only while the next
    /// block is full. The record is safe when [`Ledger::wait`] returns.
    pub fn append(&self, class: &str, record: &Record) -> Result<u64, AppendError> {
        self.core.append(class, record)
    }

    /// As [`Ledger::append`], but where that would have to wait, the record is lost: it is counted,
    /// and the log says how many were. For who must go on at any price. Nothing is given then.
    pub fn append_or_lose(&self, class: &str, record: &Record) -> Result<Option<u64>, AppendError> {
        self.core.append_or_lose(class, record)
    }

    /// Waits until the entry of an index is as safe as a level says.
    pub fn wait_for(&self, index: u64, level: Level) -> Result<(), WaitError> {
        self.core.wait_for(index, level)
    }

    /// Tells that a second place, or the archive, has all entries below an index.
    pub fn reached(&self, level: Level, size: u64) {
        self.core.reached(level, size);
    }

    /// Tells that nothing brings entries to a level any more.
    pub fn left(&self, level: Level) {
        self.core.left(level);
    }

    /// Seals values that are personal, each a field and what it holds, with the key of the subject
    /// whose they are.
    pub fn personal(
        &self,
        subject: (u8, &[u8]),
        values: &[(u8, &[u8])],
    ) -> Result<Vec<Personal>, VaultError> {
        self.core.personal(subject, values)
    }

    /// Destroys the key of a subject in a quarter: what is personal in its records can be read no
    /// more.
    pub fn erase(
        &self,
        subject: Pseudonym,
        quarter: &str,
        keys: &[Secret32],
    ) -> Result<Erased, EraseError> {
        self.core.erase(subject, quarter, keys)
    }

    /// Takes one record out before its time. Gives the entry that says so and the id of its approval.
    pub fn redact(
        &self,
        record: u64,
        reason: &str,
        keys: &[Secret32],
    ) -> Result<(u64, ApprovalId), RedactError> {
        self.core.redact(record, reason, keys)
    }

    /// Waits until the entry of an index is on the disk and flushed.
    pub fn wait(&self, index: u64) -> Result<(), Stop> {
        self.core.wait(index)
    }

    /// Entries that were there when it was opened: what was appended before and is not among them is lost.
    pub fn opened_at(&self) -> u64 {
        self.core.opened_at
    }

    /// How far entries are safe, without waiting.
    pub fn durable(&self) -> Durable {
        self.core.durable()
    }

    /// Signs and publishes what is safe now.
    pub fn checkpoint(&self) -> Result<(), PublishError> {
        self.core.publish().map(|_| ())
    }

    /// Commits the index to all entries that are there, and publishes a checkpoint over that. What
    /// the index covers can be proven to be complete without opening what was not asked for.
    pub fn index(&self) -> Result<(), CloseError> {
        self.core.index_all().map_err(|error| Stop::Failed(error.to_string()))?;
        self.core.publish()?;
        Ok(())
    }

    /// The newest published checkpoint, a signed note.
    pub fn newest_checkpoint(&self) -> Option<String> {
        let output = self.core.output();
        output.publisher.newest().map(|note| String::from_utf8_lossy(note).into_owned())
    }

    /// Writes down an act, approved by administrators if it needs it, and waits until it is safe.
    /// Gives the entry's index and the id of the approval.
    pub fn administer(
        &self,
        act: Act,
        keys: &[Secret32],
    ) -> Result<(u64, Option<[u8; 16]>), AdministerError> {
        self.core.administer(act, keys)
    }

    /// What there is to purge, now or later.
    pub fn expiring(&self) -> Vec<Expiring> {
        self.core.assembly().fold.all_expiring()
    }

    /// Destroys the keys of periods whose time is over, and takes their records out of the files.
    pub fn purge(
        &self,
        periods: &[u32],
        reason: &str,
        keys: &[Secret32],
    ) -> Result<Purged, PurgeError> {
        self.core.purge(periods, reason, keys)
    }

    /// What was decided and could not be brought to its end when the ledger was opened.
    pub fn unfinished(&self) -> Option<String> {
        self.core.unfinished()
    }

    /// Lets a new key sign from here on and destroys the old one. Gives the number of the epoch.
    pub fn rotate(&self) -> Result<u32, RotateError> {
        self.core.rotate()
    }

    /// Writes an orderly end and closes the ledger. Witnesses are asked about the end, once and for
    /// seconds at most.
    pub fn close(mut self) -> Result<Summary, CloseError> {
        if let Some(stop) = self.core.durable().stop {
            return Err(stop.into());
        }
        let core = self.core.clone();
        let done = core.finish();
        core.stop(Stop::Closed);
        self.join();
        self.end_asking(done.is_err());
        match core.cosigning.contradiction() {
            Some(why) => Err(Stop::Contradicted(why).into()),
            None => done,
        }
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            // A panic there is a stop, which was told already.
            let _ = thread.join();
        }
    }

    fn end_asking(&mut self, at_once: bool) {
        self.core.cosigning.end(at_once);
        if let Some(asking) = self.asking.take() {
            let _ = asking.join();
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.core.stop(Stop::Closed);
        self.end_asking(true);
        self.join();
    }
}

impl Core {
    /// Writes blocks as long as the ledger is open.
    fn sequence(&self) {
        let clock = &self.parts.clock;
        let mut published = clock.steady();
        // Whether the last block had several entries: then more are on their way.
        let mut several = false;
        loop {
            if self.wait_for_work(published) {
                return;
            }
            if several {
                self.wait_for_more();
            }
            let before = self.durable().size;
            let committed = self.commit();
            several = self.durable().size > before + 1;
            if self.assembly().upkeep_is_due(self.durable().size) {
                self.due.notify_one();
            }
            let due = clock.steady().saturating_sub(published) >= CHECKPOINT_EVERY
                && !self.cosigning.holds(clock.steady());
            let done = match committed {
                Ok(_) if due => {
                    published = clock.steady();
                    self.publish().is_ok()
                }
                Ok(_) => true,
                Err(_) => false,
            };
            if !done {
                return;
            }
        }
    }

    /// Waits for entries, or until the next checkpoint is due; whether the ledger was closed.
    fn wait_for_work(&self, published: Duration) -> bool {
        let since = self.parts.clock.steady().saturating_sub(published);
        // A checkpoint that is due may have to wait for witnesses.
        let rest = CHECKPOINT_EVERY.saturating_sub(since).max(WAIT_LEAST);
        let assembly = self.assembly();
        let stopped = || self.durable().stop.is_some();
        let idle = |assembly: &mut Assembly| {
            assembly.writer_waits = assembly.batch.is_empty() && !stopped();
            assembly.writer_waits
        };
        let waited = self.work.wait_timeout_while(assembly, rest, idle);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        stopped()
    }

    /// Lets more entries come before a block is written, unless the ledger is closed meanwhile.
    fn wait_for_more(&self) {
        let time = self.gathering();
        if time.is_zero() {
            return;
        }
        let going = |_: &mut Assembly| self.durable().stop.is_none();
        let waited = self.work.wait_timeout_while(self.assembly(), time, going);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes the last heartbeat and the orderly end, and publishes.
    pub(crate) fn finish(&self) -> Result<Summary, CloseError> {
        let mut over = self.upkeep_lock();
        let mut output = self.output();
        self.commit_with(&mut output)?;
        *over = true;
        let now = self.parts.clock.now_ms();
        {
            let mut assembly = self.assembly();
            self.tell_lost(&mut assembly);
            let boot = assembly.fold.boot.unwrap_or_default();
            let acts = assembly.heartbeat().into_iter().chain([Act::Shutdown { boot }]);
            for act in acts {
                let pushed = assembly.push_control(act, None, now);
                pushed.map_err(|error| Stop::Failed(error.to_string()))?;
            }
        }
        self.commit_with(&mut output)?;
        self.publish_with(&mut output)?;
        let frontier = &output.writer.frontier;
        Ok(Summary { size: frontier.size(), root: frontier.root() })
    }
}
