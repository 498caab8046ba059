//! Each request one fact in the ledger, safe on the disk before its answer is finished.
//!
//! A ledger that fails takes nothing any more. It is opened again until that works, and is told then how
//! many facts it missed: a gap with its number, and not a silence.

use crate::worker::now_ms;
use arc_swap::ArcSwapOption;
use avouch_ledger::format::control::Act;
use avouch_ledger::format::{Record, Term};
use avouch_ledger::log::{AppendError, CloseError, Ledger, Level, Stop, Summary, WaitError};
use avouch_model::coding::{EncodeError, Encoded, Fact};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// Why a request is not recorded. It is refused then.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RecordError {
    /// The fact is larger than a fact may be.
    #[error("the fact cannot be written")]
    Encode(#[from] EncodeError),
    /// The ledger takes nothing.
    #[error("the ledger takes no fact: {0}")]
    Append(String),
    /// The ledger failed, and is not open again.
    #[error("the ledger failed, and is not open again")]
    Down,
    /// The ledger stopped before the fact was safe.
    #[error("the ledger stopped before the fact was safe")]
    Stopped,
}

impl From<AppendError> for RecordError {
    fn from(error: AppendError) -> Self {
        Self::Append(error.to_string())
    }
}

/// A fact as the ledger takes it.
pub fn record(encoded: Encoded) -> Record {
    let term =
        |term: avouch_model::coding::Term| Term { field: term.search as u8, value: term.value };
    Record::new(encoded.kind, encoded.terms.into_iter().map(term).collect(), encoded.body)
}

/// How long facts of requests that are answered side by side wait for each other: one flush then serves
/// more of them.
const GATHERING: Duration = Duration::from_micros(500);

/// How far the ledger got: all entries below are safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Safe {
    /// How often the ledger was opened.
    pub(crate) opened: u64,
    pub(crate) below: u64,
    pub(crate) stopped: bool,
}

impl Safe {
    /// Whether more will not become known of an entry.
    pub(crate) fn is_beyond(self, ticket: Ticket) -> bool {
        self.opened != ticket.opened || self.stopped || ticket.index < self.below
    }
}

/// An entry that was appended: its index, in the ledger as it was opened then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) opened: u64,
    pub(crate) index: u64,
}

/// Opens the ledger again after it failed.
pub type Reopen = Box<dyn Fn() -> Result<Ledger, String> + Send>;

/// How long after a ledger could not be opened it is tried again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// How long it is waited for those who append to a ledger that failed.
const LET_GO_AFTER: Duration = Duration::from_millis(5);

/// The ledger while it takes facts.
#[derive(Debug)]
struct Live {
    ledger: Arc<Ledger>,
    opened: u64,
}

/// Facts about requests that are in no ledger.
#[derive(Clone, Copy, Debug, Default)]
struct Missed {
    count: u64,
    from_ms: u64,
    to_ms: u64,
}

impl Missed {
    fn more(&mut self, count: u64) {
        if count == 0 {
            return;
        }
        let now = now_ms();
        if self.count == 0 {
            self.from_ms = now;
        }
        self.count += count;
        self.to_ms = now;
    }
}

/// What is asked of the thread that waits for the disk.
#[derive(Debug, Default)]
struct Asked {
    /// Facts about requests that are not known to be safe, by their index.
    pending: VecDeque<u64>,
    /// Whether the thread waits to be asked.
    waits: bool,
    missed: Missed,
    /// Why the ledger takes nothing.
    why: String,
    closed: bool,
}

/// What is shared with the thread.
#[derive(Debug)]
struct Shared {
    /// Nothing while the ledger is down.
    live: ArcSwapOption<Live>,
    asked: Mutex<Asked>,
    changed: Condvar,
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records requests.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    class: String,
    safe: watch::Receiver<Safe>,
    thread: Option<JoinHandle<()>>,
}

/// Why a recording did not end in good order.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// The ledger did not.
    #[error(transparent)]
    Close(#[from] CloseError),
    /// The ledger was down, and does not know how much it missed.
    #[error(
        "the ledger failed and could not be opened again: {0} requests are not in it, which it does not tell"
    )]
    Missed(u64),
}

impl Recorder {
    /// Records in a ledger, in a retention class. A fact is safe when it has reached a level; who brings
    /// it there holds the ledger too, and lets go of it before this is closed. Where the ledger fails, it
    /// is opened again if that is said how; nobody else may hold it then.
    pub fn new(
        ledger: Ledger,
        class: impl Into<String>,
        level: Level,
        reopen: Option<Reopen>,
    ) -> std::io::Result<Self> {
        let ledger = Arc::new(ledger.gathering(GATHERING));
        let live = Arc::new(Live { ledger, opened: 0 });
        let shared = Arc::new(Shared {
            live: ArcSwapOption::new(Some(live)),
            asked: Mutex::default(),
            changed: Condvar::new(),
        });
        let (tell, safe) = watch::channel(Safe { opened: 0, below: 0, stopped: false });
        let thread = std::thread::Builder::new().name("recording".to_owned()).spawn({
            let keeper = Keeper { shared: shared.clone(), level, tell, reopen };
            move || keeper.keep()
        })?;
        Ok(Self { shared, class: class.into(), safe, thread: Some(thread) })
    }

    /// Whether the ledger takes facts.
    pub(crate) fn is_open(&self) -> bool {
        let live = self.shared.live.load();
        live.as_ref().is_some_and(|live| live.ledger.durable().stop.is_none())
    }

    /// Why the ledger takes no facts, while that is so.
    pub(crate) fn trouble(&self) -> Option<String> {
        (!self.is_open()).then(|| self.shared.asked().why.clone())
    }

    /// Facts about requests that the ledger missed and does not tell of yet.
    pub(crate) fn missed(&self) -> u64 {
        self.shared.asked().missed.count
    }

    /// Appends a fact about requests. Where it is not taken, the ledger will tell that it missed one.
    pub(crate) fn append(&self, fact: &impl Fact) -> Result<Ticket, RecordError> {
        let appended = self.appended(fact);
        if appended.is_err() {
            self.shared.asked().missed.more(1);
            self.shared.changed.notify_one();
        }
        appended
    }

    fn appended(&self, fact: &impl Fact) -> Result<Ticket, RecordError> {
        // Held until the fact is among those that are waited for: who takes a failed ledger away waits
        // for that.
        let live = self.shared.live.load();
        let live = live.as_ref().ok_or(RecordError::Down)?;
        let index = live.ledger.append(&self.class, &record(fact.encode()?))?;
        let mut asked = self.shared.asked();
        asked.pending.push_back(index);
        // Waking costs a call of the system: only who waits is woken.
        if std::mem::take(&mut asked.waits) {
            self.shared.changed.notify_one();
        }
        Ok(Ticket { opened: live.opened, index })
    }

    /// Records a fact that is not about a request, and waits until it is safe on this disk. Nobody is
    /// answered by it: a copy that is away must not keep a change of the configuration from being seen.
    pub(crate) fn record(&self, fact: &impl Fact) -> Result<(), RecordError> {
        let live = self.shared.live.load_full().ok_or(RecordError::Down)?;
        let index = live.ledger.append(&self.class, &record(fact.encode()?))?;
        live.ledger.wait(index).map_err(|_| RecordError::Stopped)
    }

    /// The ledger, for who brings its entries elsewhere.
    pub fn ledger(&self) -> Option<Arc<Ledger>> {
        self.shared.live.load().as_ref().map(|live| live.ledger.clone())
    }

    /// Tells how far entries are safe.
    pub(crate) fn safe(&self) -> watch::Receiver<Safe> {
        self.safe.clone()
    }

    /// Ends the recording and closes the ledger in good order. Nothing may record any more.
    pub fn close(self) -> Result<Option<Summary>, EndError> {
        let Self { shared, thread, .. } = self;
        shared.asked().closed = true;
        shared.changed.notify_one();
        if let Some(thread) = thread {
            // A panic there is a stop, which everybody who waited was told.
            let _ = thread.join();
        }
        let live = shared.live.swap(None).and_then(Arc::into_inner);
        let ledger = live.and_then(|live| Arc::into_inner(live.ledger));
        let asked = shared.asked();
        match (ledger, asked.missed.count + asked.pending.len() as u64) {
            (Some(ledger), 0) => Ok(Some(ledger.close()?)),
            (None, 0) => Ok(None),
            (_, missed) => Err(EndError::Missed(missed)),
        }
    }
}

/// Follows the ledger, and opens it again where it fails.
struct Keeper {
    shared: Arc<Shared>,
    level: Level,
    tell: watch::Sender<Safe>,
    reopen: Option<Reopen>,
}

impl Keeper {
    fn keep(self) {
        while let Some(live) = self.shared.live.load_full() {
            if self.follow(&live) {
                return;
            }
            let below = live.ledger.durable().at(self.level).unwrap_or_default();
            let _ = self.tell.send(Safe { opened: live.opened, below, stopped: true });
            let stop = live.ledger.durable().stop;
            self.shared.asked().why = stop.as_ref().map(Stop::to_string).unwrap_or_default();
            let is_contradicted = matches!(stop, Some(Stop::Contradicted(_)));
            let Some(reopen) = &self.reopen else { return };
            // Whose history is the right one, a person has to say.
            if is_contradicted {
                return;
            }
            let opened = live.opened + 1;
            self.let_go(live);
            if !self.open_again(reopen, opened) {
                return;
            }
        }
    }

    /// Tells how far entries are safe, until the recording was closed; false when the ledger failed.
    fn follow(&self, live: &Live) -> bool {
        loop {
            let (closed, missed) = self.wait_for_work();
            if missed.count > 0 && !self.tell_missed(&live.ledger, missed) {
                return false;
            }
            // The oldest that nobody was told about: all that became safe with it is told at once.
            let oldest = self.shared.asked().pending.front().copied();
            if oldest.is_some_and(|oldest| self.wait(&live.ledger, oldest).is_err()) {
                return false;
            }
            let durable = live.ledger.durable();
            let known = durable.at(self.level);
            self.forget_safe(known.unwrap_or(durable.size));
            let below = known.unwrap_or_default();
            let _ = self.tell.send(Safe { opened: live.opened, below, stopped: false });
            if closed && self.shared.asked().pending.is_empty() {
                return true;
            }
        }
    }

    /// Waits until an entry is as safe as is wanted. At the end of the gateway nothing brings entries
    /// elsewhere any more and nobody waits for that: what is on the disk then is in the ledger.
    fn wait(&self, ledger: &Ledger, index: u64) -> Result<(), Stop> {
        match ledger.wait_for(index, self.level) {
            Ok(()) => Ok(()),
            Err(WaitError::Stopped(stop)) => Err(stop),
            Err(WaitError::NoSuchPlace(_)) => ledger.wait(index),
        }
    }

    fn wait_for_work(&self) -> (bool, Missed) {
        let asked = self.shared.asked();
        let idle = |asked: &mut Asked| {
            asked.waits = asked.pending.is_empty() && !asked.closed && asked.missed.count == 0;
            asked.waits
        };
        let asked = self.shared.changed.wait_while(asked, idle);
        let asked = asked.unwrap_or_else(PoisonError::into_inner);
        (asked.closed, asked.missed)
    }

    fn forget_safe(&self, below: u64) {
        let mut asked = self.shared.asked();
        while asked.pending.front().is_some_and(|index| *index < below) {
            asked.pending.pop_front();
        }
    }

    /// Writes down how many facts the ledger missed, safely.
    fn tell_missed(&self, ledger: &Ledger, missed: Missed) -> bool {
        let Missed { count, from_ms, to_ms } = missed;
        let reason = "requests came while the ledger took no records".to_owned();
        let told = ledger.administer(Act::Gap { count, from_ms, to_ms, reason }, &[]).is_ok();
        if told {
            let mut asked = self.shared.asked();
            asked.missed.count -= count;
            asked.missed.from_ms = to_ms;
        }
        told
    }

    /// Takes a ledger away that failed, as soon as nobody appends to it.
    #[expect(clippy::disallowed_methods, reason = "a thread of its own, beside those that serve")]
    fn let_go(&self, mut live: Arc<Live>) {
        drop(self.shared.live.swap(None));
        loop {
            match Arc::try_unwrap(live) {
                Ok(live) => return drop(live),
                Err(used) => live = used,
            }
            std::thread::sleep(LET_GO_AFTER);
        }
    }

    /// Opens the ledger again, and tells it what it missed; false when the recording was closed before
    /// that worked.
    fn open_again(&self, reopen: &Reopen, opened: u64) -> bool {
        loop {
            let opening = reopen();
            if let Err(why) = &opening {
                self.shared.asked().why.clone_from(why);
            }
            if let Ok(ledger) = opening {
                let missed = self.count_missed(ledger.opened_at());
                if missed.count == 0 || self.tell_missed(&ledger, missed) {
                    let ledger = Arc::new(ledger.gathering(GATHERING));
                    let below = ledger.durable().at(self.level).unwrap_or_default();
                    let live = Arc::new(Live { ledger, opened });
                    // Before anybody can wait for an entry of it.
                    let _ = self.tell.send(Safe { opened, below, stopped: false });
                    self.shared.live.store(Some(live));
                    return true;
                }
            }
            let asked = self.shared.asked();
            let waiting = |asked: &mut Asked| !asked.closed;
            let waited = self.shared.changed.wait_timeout_while(asked, AGAIN_AFTER, waiting);
            if waited.unwrap_or_else(PoisonError::into_inner).0.closed {
                return false;
            }
        }
    }

    /// Of the facts that were appended and not known to be safe, the ledger missed those that are not
    /// below its end as it was found.
    fn count_missed(&self, end: u64) -> Missed {
        let mut asked = self.shared.asked();
        let gone = asked.pending.drain(..).filter(|index| *index >= end).count();
        asked.missed.more(gone as u64);
        asked.missed
    }
}
