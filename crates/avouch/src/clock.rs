//! The commands' door to time: the clock of the machine, or one that a told story sets.
//!
//! No option and no variable sets it. Only `avouch demo --year` does, within its own process, so that
//! nobody dates a record back from outside.

use avouch_ledger::storage::{Clock, SystemClock};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

thread_local! {
    static TOLD: RefCell<Option<Arc<ToldClock>>> = const { RefCell::new(None) };
}

/// The clock that commands of this thread go by.
pub(crate) fn clock() -> Arc<dyn Clock> {
    match TOLD.with_borrow(Clone::clone) {
        Some(told) => told,
        None => Arc::new(SystemClock::start()),
    }
}

/// The time now, in milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    clock().now_ms()
}

/// A clock that stands until it is set. What has to pass by itself passes as it does everywhere.
#[derive(Debug)]
pub(crate) struct ToldClock {
    now_ms: AtomicU64,
    steady: SystemClock,
}

impl Clock for ToldClock {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    fn steady(&self) -> Duration {
        self.steady.steady()
    }
}

/// As long as it is there, commands of this thread go by a told clock.
#[derive(Debug)]
pub(crate) struct Telling(Arc<ToldClock>);

impl Telling {
    /// Begins at a moment, in milliseconds since 1970.
    pub(crate) fn begin(now_ms: u64) -> Self {
        let told = ToldClock { now_ms: AtomicU64::new(now_ms), steady: SystemClock::start() };
        let told = Arc::new(told);
        TOLD.set(Some(told.clone()));
        Self(told)
    }

    /// Goes on to a moment, never back.
    pub(crate) fn go_to(&self, now_ms: u64) {
        self.0.now_ms.fetch_max(now_ms, Ordering::SeqCst);
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        TOLD.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_told_clock_goes_forward_only_and_ends_with_its_story() {
        let before = now_ms();
        let telling = Telling::begin(1_000);
        assert_eq!(now_ms(), 1_000);
        telling.go_to(5_000);
        telling.go_to(2_000);
        assert_eq!((now_ms(), clock().now_ms()), (5_000, 5_000));
        let other = std::thread::spawn(now_ms).join().unwrap();
        assert!(other >= before, "another thread goes by the machine");
        drop(telling);
        assert!(now_ms() >= before);
    }
}
