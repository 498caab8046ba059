//! Counts what was asked of the shop.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What was asked so far.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    dangerous: AtomicU64,
    operations: Mutex<BTreeMap<String, u64>>,
}

impl Counters {
    /// Counts a request and gives its number, from 1.
    pub(crate) fn request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a call of one operation, written `METHOD /template`.
    pub(crate) fn operation(&self, key: &str) {
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        *operations.entry(key.to_owned()).or_default() += 1;
    }

    /// Counts a call of an operation that destroys state.
    pub(crate) fn danger(&self) {
        self.dangerous.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn dangerous(&self) -> u64 {
        self.dangerous.load(Ordering::Relaxed)
    }

    pub(crate) fn operations(&self) -> BTreeMap<String, u64> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
