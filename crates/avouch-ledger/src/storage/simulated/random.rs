//! Chance from a seed, and a clock that is set by hand.

use crate::storage::{Clock, Rng, RngError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Numbers from a seed (SplitMix64): the same seed gives the same numbers.
#[derive(Debug)]
pub(crate) struct Random(AtomicU64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    pub(crate) fn next(&self) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A place below a length.
    pub(crate) fn place(&self, length: u64) -> usize {
        usize::try_from(self.below(length)).unwrap()
    }

    pub(crate) fn one_in(&self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

impl Rng for Random {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(crate) struct SimulatedClock {
    wall_ms: AtomicU64,
    steady_ms: AtomicU64,
}

impl SimulatedClock {
    pub(crate) fn at(wall_ms: u64) -> Self {
        Self { wall_ms: AtomicU64::new(wall_ms), steady_ms: AtomicU64::new(0) }
    }

    /// Lets time go by.
    pub(crate) fn pass(&self, ms: u64) {
        self.wall_ms.fetch_add(ms, Ordering::Relaxed);
        self.steady_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sets the wall clock, forward or back.
    pub(crate) fn set(&self, wall_ms: u64) {
        self.wall_ms.store(wall_ms, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now_ms(&self) -> u64 {
        self.wall_ms.load(Ordering::Relaxed)
    }

    fn steady(&self) -> Duration {
        Duration::from_millis(self.steady_ms.load(Ordering::Relaxed))
    }
}
