//! A thread that keeps an archive up with a ledger, and tells the ledger how far it is.

use super::follow::Follower;
use super::push::{ArchiveError, Archiver};
use crate::log::{Ledger, Level};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it is looked whether there is something new. Checkpoints come once a second.
const EVERY: Duration = Duration::from_millis(250);

/// What whoever started it is told.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The archive has fallen behind, and why; it is tried again.
    Behind(&'a ArchiveError),
    /// It has caught up again.
    CaughtUp,
}

/// Keeps an archive up with a ledger until it is ended.
#[derive(Debug)]
pub struct Keeper {
    ending: Arc<(Mutex<bool>, Condvar)>,
    thread: JoinHandle<Follower>,
}

impl Keeper {
    /// Begins: what is in the ledger by now is in the archive when this comes back.
    ///
    /// # Errors
    /// The archive has another history or cannot be written, or there is no thread to be had.
    pub fn start(
        ledger: Arc<Ledger>,
        archiver: Archiver,
        level: Level,
        tell: impl Fn(Progress<'_>) + Send + 'static,
    ) -> Result<Self, ArchiveError> {
        let mut follower = Follower::begin(archiver)?;
        let size = step(&mut follower, &ledger)?;
        ledger.reached(level, size);
        let ending = Arc::<(Mutex<bool>, Condvar)>::default();
        let thread = std::thread::Builder::new().name("archiving".to_owned()).spawn({
            let ending = ending.clone();
            move || keep(follower, &ledger, level, &ending, tell)
        });
        let thread =
            thread.map_err(|source| ArchiveError::Io { what: "a thread".into(), source })?;
        Ok(Self { ending, thread })
    }

    /// Ends it, and gives back what can put the rest there when the ledger is closed.
    ///
    /// # Errors
    /// The thread panicked.
    pub fn end(self) -> io::Result<Follower> {
        *self.ending.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ending.1.notify_one();
        self.thread.join().map_err(|_| io::Error::other("the thread that archives broke"))
    }
}

fn step(follower: &mut Follower, ledger: &Ledger) -> Result<u64, ArchiveError> {
    follower.step(|act| {
        let written = ledger.administer(act, &[]);
        written.map(|_| ()).map_err(|error| error.to_string())
    })
}

fn keep(
    mut follower: Follower,
    ledger: &Ledger,
    level: Level,
    ending: &(Mutex<bool>, Condvar),
    tell: impl Fn(Progress<'_>),
) -> Follower {
    let mut behind = false;
    loop {
        let ended = ending.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = ending.1.wait_timeout_while(ended, EVERY, |ended| !*ended);
        if *waited.unwrap_or_else(PoisonError::into_inner).0 {
            ledger.left(level);
            return follower;
        }
        match step(&mut follower, ledger) {
            Ok(size) => {
                ledger.reached(level, size);
                if std::mem::take(&mut behind) {
                    tell(Progress::CaughtUp);
                }
            }
            // Said once: who waits for the level learns it too.
            Err(error) if !std::mem::replace(&mut behind, true) => tell(Progress::Behind(&error)),
            Err(_) => (),
        }
    }
}
