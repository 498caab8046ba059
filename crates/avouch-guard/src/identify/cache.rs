//! A memory of bounded size, shared between threads.
//!
//! Each shard has a young and an old half. When the young one is full it becomes the old one, and what
//! was old and not asked for since is forgotten: no order is kept and nothing is ever searched.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is remembered by: a SHA-256, so that its bytes are as good as random.
pub(super) type Print = [u8; 32];

const SHARDS: usize = 16;

/// The memory.
#[derive(Debug)]
pub(super) struct Cache<V> {
    shards: [Mutex<Halves<V>>; SHARDS],
    half_max: usize,
}

#[derive(Debug)]
struct Halves<V> {
    young: HashMap<Print, V>,
    old: HashMap<Print, V>,
}

impl<V: Clone> Cache<V> {
    /// One of at most so many entries, and at least one in each half of each shard.
    pub(super) fn new(entries_max: usize) -> Self {
        let halves = || Mutex::new(Halves { young: HashMap::new(), old: HashMap::new() });
        Self {
            shards: std::array::from_fn(|_| halves()),
            half_max: (entries_max / SHARDS / 2).max(1),
        }
    }

    /// What is remembered.
    pub(super) fn find(&self, print: &Print) -> Option<V> {
        let mut halves = self.shard(print)?;
        if let Some(value) = halves.young.get(print) {
            return Some(value.clone());
        }
        let value = halves.old.remove(print)?;
        halves.insert(*print, value.clone(), self.half_max);
        Some(value)
    }

    /// Remembers.
    pub(super) fn keep(&self, print: Print, value: V) {
        if let Some(mut halves) = self.shard(&print) {
            halves.old.remove(&print);
            halves.insert(print, value, self.half_max);
        }
    }

    fn shard(&self, print: &Print) -> Option<MutexGuard<'_, Halves<V>>> {
        let first = print.first().copied().unwrap_or_default();
        let shard = self.shards.get(usize::from(first) % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let count = |halves: MutexGuard<'_, Halves<V>>| halves.young.len() + halves.old.len();
        self.shards.iter().map(|shard| count(shard.lock().unwrap())).sum()
    }
}

impl<V> Halves<V> {
    fn insert(&mut self, print: Print, value: V, half_max: usize) {
        if self.young.len() >= half_max && !self.young.contains_key(&print) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(print, value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::sha256;
    use super::*;

    fn print(number: u32) -> Print {
        sha256(&number.to_be_bytes())
    }

    #[test]
    fn it_never_holds_more_than_it_may() {
        let cache = Cache::new(320);
        for number in 0..10_000 {
            cache.keep(print(number), number);
            assert!(cache.len() <= 320);
        }
        assert_eq!(cache.find(&print(9_999)), Some(9_999));
        assert_eq!(cache.find(&print(0)), None);
    }

    #[test]
    fn what_is_asked_for_again_and_again_stays() {
        let cache = Cache::new(320);
        cache.keep(print(0), 0);
        for number in 1..10_000 {
            cache.keep(print(number), number);
            assert_eq!(cache.find(&print(0)), Some(0), "after {number}");
        }
    }
}
