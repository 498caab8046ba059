//! What was found out before, by exactly what it rests on.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock};

/// Parts of the memory, so that cores do not wait for each other.
const PARTS: usize = 16;

/// A bounded memory. Each part holds two halves: when the newer one is full it becomes the older one,
/// whose entries are forgotten. What is asked for again and again moves to the newer one.
#[derive(Debug)]
pub(crate) struct Remembered<V> {
    parts: Vec<RwLock<Halves<V>>>,
    half_max: usize,
}

#[derive(Debug)]
struct Halves<V> {
    newer: HashMap<Box<[u8]>, V>,
    older: HashMap<Box<[u8]>, V>,
}

impl<V> Default for Halves<V> {
    fn default() -> Self {
        Self { newer: HashMap::new(), older: HashMap::new() }
    }
}

impl<V: Clone> Remembered<V> {
    /// A memory of about that many entries; none when it is nothing.
    pub(crate) fn new(entries_max: usize) -> Self {
        Self {
            parts: (0..PARTS).map(|_| RwLock::default()).collect(),
            half_max: entries_max.div_ceil(PARTS * 2),
        }
    }

    pub(crate) fn find(&self, key: &[u8]) -> Option<V> {
        let part = self.part(key)?;
        let halves = part.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = halves.newer.get(key) {
            return Some(known.clone());
        }
        let known = halves.older.get(key)?.clone();
        drop(halves);
        self.keep(key, &known);
        Some(known)
    }

    pub(crate) fn keep(&self, key: &[u8], value: &V) {
        let Some(part) = self.part(key).filter(|_| self.half_max > 0) else { return };
        let mut halves = part.write().unwrap_or_else(PoisonError::into_inner);
        if halves.newer.len() >= self.half_max {
            halves.older = std::mem::take(&mut halves.newer);
        }
        halves.newer.insert(key.into(), value.clone());
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let count = |part: &RwLock<Halves<V>>| {
            let halves = part.read().unwrap_or_else(PoisonError::into_inner);
            halves.newer.len() + halves.older.len()
        };
        self.parts.iter().map(count).sum()
    }

    fn part(&self, key: &[u8]) -> Option<&RwLock<Halves<V>>> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % PARTS as u64).unwrap_or_default();
        self.parts.get(at)
    }
}
