//! Decisions that were made before, by exactly what they rest on.

use super::engine::Decided;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

/// Parts of the memory, so that cores do not wait for each other.
const PARTS: usize = 16;

/// A bounded memory. Each part holds two halves: when the newer one is full it becomes the older one,
/// whose decisions are forgotten. What is asked for again and again moves to the newer one.
#[derive(Debug)]
pub(super) struct Remembered {
    parts: Vec<RwLock<Halves>>,
    half_max: usize,
}

#[derive(Debug, Default)]
struct Halves {
    newer: HashMap<Box<[u8]>, Arc<Decided>>,
    older: HashMap<Box<[u8]>, Arc<Decided>>,
}

impl Remembered {
    /// A memory of about that many decisions; none when it is nothing.
    pub(super) fn new(decisions_max: usize) -> Self {
        Self {
            parts: (0..PARTS).map(|_| RwLock::default()).collect(),
            half_max: decisions_max.div_ceil(PARTS * 2),
        }
    }

    pub(super) fn find(&self, key: &[u8]) -> Option<Arc<Decided>> {
        let part = self.part(key)?;
        let halves = part.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = halves.newer.get(key) {
            return Some(Arc::clone(known));
        }
        let known = Arc::clone(halves.older.get(key)?);
        drop(halves);
        self.keep(key, &known);
        Some(known)
    }

    pub(super) fn keep(&self, key: &[u8], decided: &Arc<Decided>) {
        let Some(part) = self.part(key).filter(|_| self.half_max > 0) else { return };
        let mut halves = part.write().unwrap_or_else(PoisonError::into_inner);
        if halves.newer.len() >= self.half_max {
            halves.older = std::mem::take(&mut halves.newer);
        }
        halves.newer.insert(key.into(), Arc::clone(decided));
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let count = |part: &RwLock<Halves>| {
            let halves = part.read().unwrap_or_else(PoisonError::into_inner);
            halves.newer.len() + halves.older.len()
        };
        self.parts.iter().map(count).sum()
    }

    fn part(&self, key: &[u8]) -> Option<&RwLock<Halves>> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % PARTS as u64).unwrap_or_default();
        self.parts.get(at)
    }
}
