//! Each request one fact in the ledger, safe on the disk before its answer is finished.

use avouch_ledger::format::{Record, Term};
use avouch_ledger::log::{AppendError, CloseError, Ledger, Level, Summary};
use avouch_model::coding::{EncodeError, Encoded, Fact};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
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
    pub(crate) below: u64,
    pub(crate) stopped: bool,
}

/// What is asked of the thread that waits for the disk.
#[derive(Debug, Default)]
struct Asked {
    /// All below this index are to be safe.
    below: u64,
    /// Whether the thread waits to be asked.
    waits: bool,
    closed: bool,
}

/// Records requests.
#[derive(Debug)]
pub struct Recorder {
    ledger: Arc<Ledger>,
    level: Level,
    class: String,
    asked: Arc<(Mutex<Asked>, Condvar)>,
    safe: watch::Receiver<Safe>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Records in a ledger, in a retention class. A fact is safe when it has reached a level; who brings
    /// it there holds the ledger too, and lets go of it before this is closed.
    pub fn new(ledger: Ledger, class: impl Into<String>, level: Level) -> std::io::Result<Self> {
        let ledger = Arc::new(ledger.gathering(GATHERING));
        let asked = Arc::<(Mutex<Asked>, Condvar)>::default();
        let (tell, safe) = watch::channel(Safe { below: 0, stopped: false });
        let thread = std::thread::Builder::new().name("recording".to_owned()).spawn({
            let (ledger, asked) = (ledger.clone(), asked.clone());
            move || keep_telling(&ledger, level, &asked, &tell)
        })?;
        Ok(Self { ledger, level, class: class.into(), asked, safe, thread: Some(thread) })
    }

    /// Appends a fact and gives its index.
    pub(crate) fn append(&self, fact: &impl Fact) -> Result<u64, RecordError> {
        let index = self.ledger.append(&self.class, &record(fact.encode()?))?;
        let (asked, changed) = &*self.asked;
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.below = asked.below.max(index + 1);
        // Waking costs a call of the system: only who waits is woken.
        if std::mem::take(&mut asked.waits) {
            changed.notify_one();
        }
        Ok(index)
    }

    /// Records a fact that is not about a request, and waits until it is safe.
    pub(crate) fn record(&self, fact: &impl Fact) -> Result<(), RecordError> {
        let index = self.ledger.append(&self.class, &record(fact.encode()?))?;
        self.ledger.wait_for(index, self.level).map_err(|_| RecordError::Stopped)
    }

    /// The ledger, for who brings its entries elsewhere.
    pub fn ledger(&self) -> Arc<Ledger> {
        self.ledger.clone()
    }

    /// Tells how far entries are safe.
    pub(crate) fn safe(&self) -> watch::Receiver<Safe> {
        self.safe.clone()
    }

    /// Ends the recording and closes the ledger in good order. Nothing may record any more.
    pub fn close(self) -> Result<Option<Summary>, CloseError> {
        let Self { ledger, asked, thread, .. } = self;
        asked.0.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        asked.1.notify_one();
        if let Some(thread) = thread {
            // A panic there is a stop, which everybody who waited was told.
            let _ = thread.join();
        }
        Arc::into_inner(ledger).map(Ledger::close).transpose()
    }
}

fn keep_telling(
    ledger: &Ledger,
    level: Level,
    asked: &(Mutex<Asked>, Condvar),
    tell: &watch::Sender<Safe>,
) {
    let mut safe = 0;
    loop {
        {
            let locked = asked.0.lock().unwrap_or_else(PoisonError::into_inner);
            let idle = |asked: &mut Asked| {
                asked.waits = asked.below <= safe && !asked.closed;
                asked.waits
            };
            let locked = asked.1.wait_while(locked, idle);
            let locked = locked.unwrap_or_else(PoisonError::into_inner);
            if locked.closed && locked.below <= safe {
                return;
            }
        }
        // The oldest that nobody was told about: all that became safe with it is told at once.
        let stopped = ledger.wait_for(safe, level).is_err();
        safe = ledger.durable().at(level).unwrap_or(safe);
        let _ = tell.send(Safe { below: safe, stopped });
        if stopped {
            return;
        }
    }
}
