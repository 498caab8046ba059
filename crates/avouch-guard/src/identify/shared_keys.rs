//! The keys of an issuer, shared between threads and kept when settings are read anew.

use super::jwk::KeySet;
use super::keyset::{Clockwork, Look, Ticket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The clockwork, and what of it each request needs without waiting for anybody.
#[derive(Debug)]
pub(super) struct SharedKeys {
    clockwork: Mutex<Clockwork>,
    generation: AtomicU64,
    holds_until_ms: AtomicU64,
}

/// How the keys of an issuer stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySetState {
    /// How many keys there are.
    pub keys: usize,
    /// How often the set was another one.
    pub generation: u64,
    /// When it was fetched or confirmed last, in milliseconds since 1970.
    pub fetched_ms: Option<u64>,
    /// Until when it holds if the issuer is not heard of again.
    pub holds_until_ms: u64,
    /// Whether it was kept over a restart, and the issuer was not heard of since.
    pub is_restored: bool,
}

impl SharedKeys {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            clockwork: Mutex::new(Clockwork::new(seed)),
            generation: AtomicU64::new(0),
            holds_until_ms: AtomicU64::new(0),
        }
    }

    /// Whether what was verified with the set of that generation still is.
    pub(super) fn still(&self, generation: u64, now_ms: u64) -> bool {
        self.generation.load(Ordering::Acquire) == generation
            && now_ms < self.holds_until_ms.load(Ordering::Acquire)
    }

    pub(super) fn look(&self, kid: Option<&str>, now_ms: u64) -> Look {
        self.lock().look(kid, now_ms)
    }

    pub(super) fn distrust(&self, generation: u64, now_ms: u64) -> Option<Look> {
        self.lock().distrust(generation, now_ms)
    }

    pub(super) fn due(&self, now_ms: u64) -> Option<Ticket> {
        self.lock().due(now_ms)
    }

    pub(super) fn state(&self) -> KeySetState {
        let clockwork = self.lock();
        KeySetState {
            keys: clockwork.len(),
            generation: clockwork.generation(),
            fetched_ms: clockwork.fetched_ms(),
            holds_until_ms: clockwork.holds_until_ms(),
            is_restored: clockwork.is_restored(),
        }
    }

    /// Puts in a set that was fetched; whether it is another.
    pub(super) fn fetched(
        &self,
        ticket: Ticket,
        set: KeySet,
        age_ms: Option<u64>,
        now_ms: u64,
    ) -> bool {
        self.change(|clockwork| clockwork.fetched(ticket, set, age_ms, now_ms))
    }

    /// The set is the same still; whether there is one.
    pub(super) fn unchanged(&self, ticket: Ticket, age_ms: Option<u64>, now_ms: u64) -> bool {
        self.change(|clockwork| clockwork.unchanged(ticket, age_ms, now_ms))
    }

    pub(super) fn failed(&self, ticket: Ticket, now_ms: u64) {
        self.change(|clockwork| clockwork.failed(ticket, now_ms));
    }

    pub(super) fn restored(
        &self,
        set: KeySet,
        fetched_ms: u64,
        holds_ms: u64,
        now_ms: u64,
    ) -> bool {
        self.change(|clockwork| clockwork.restored(set, fetched_ms, holds_ms, now_ms))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Clockwork) -> T) -> T {
        let mut clockwork = self.lock();
        let done = change(&mut clockwork);
        self.generation.store(clockwork.generation(), Ordering::Release);
        self.holds_until_ms.store(clockwork.holds_until_ms(), Ordering::Release);
        done
    }

    fn lock(&self) -> MutexGuard<'_, Clockwork> {
        self.clockwork.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
