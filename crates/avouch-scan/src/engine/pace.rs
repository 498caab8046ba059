//! How fast a scan goes: as fast as the target answers well, and no faster.
//!
//! Starts at a few requests in flight, grows by one for each round that went well, halves when the
//! target says "slow down" or its answers take several times as long as at the beginning.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// LIMIT: longest pause a target can ask for with Retry-After.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(20);
/// Pause after a throttled answer that names none.
const THROTTLED_PAUSE: Duration = Duration::from_millis(500);
/// An answer this many times slower than the usual one is a sign of strain.
const STRAIN: u64 = 6;
/// Answers faster than this are never a sign of strain, in microseconds.
const STRAIN_FLOOR_US: u64 = 400_000;

/// Lets requests go at the right time.
#[derive(Debug)]
pub struct Pace {
    state: Mutex<State>,
    freed: Notify,
    most: usize,
    gap: Option<Duration>,
}

#[derive(Debug)]
struct State {
    allowed: usize,
    in_flight: usize,
    in_flight_most: usize,
    good_in_a_row: usize,
    usual_us: u64,
    not_before: Option<Instant>,
    throttled: u64,
}

/// A place in flight. Gives itself back when dropped.
#[derive(Debug)]
pub struct Place<'p>(&'p Pace);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().in_flight -= 1;
        self.0.freed.notify_waiters();
    }
}

/// How an exchange went, as far as pace is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// It was answered in that many microseconds.
    Well(u64),
    /// The target said "slow down", perhaps for how long.
    Throttled(Option<Duration>),
    /// There was no answer.
    Badly,
}

impl Pace {
    /// A pace that begins with `start` in flight, never has more than `most`, and never sends more
    /// than `per_second` requests a second.
    pub fn new(start: usize, most: usize, per_second: Option<u32>) -> Self {
        let most = most.max(1);
        let state = State {
            allowed: start.clamp(1, most),
            in_flight: 0,
            in_flight_most: 0,
            good_in_a_row: 0,
            usual_us: 0,
            not_before: None,
            throttled: 0,
        };
        let gap = per_second.map(|rate| Duration::from_secs(1) / rate.max(1));
        Self { state: Mutex::new(state), freed: Notify::new(), most, gap }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place.
    pub async fn place(&self) -> Place<'_> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // Registered before looking, so that a place freed meanwhile is not missed.
            freed.as_mut().enable();
            match self.try_place() {
                Ok(()) => return Place(self),
                Err(Some(until)) => tokio::time::sleep_until(until).await,
                Err(None) => freed.await,
            }
        }
    }

    /// Takes a place, or says until when to wait (`None`: until one is free).
    fn try_place(&self) -> Result<(), Option<Instant>> {
        let mut state = self.lock();
        let now = Instant::now();
        if let Some(until) = state.not_before.filter(|until| *until > now) {
            return Err(Some(until));
        }
        if state.in_flight >= state.allowed {
            return Err(None);
        }
        state.in_flight += 1;
        state.in_flight_most = state.in_flight_most.max(state.in_flight);
        state.not_before = self.gap.map(|gap| now + gap);
        Ok(())
    }

    /// Learns from an exchange. Returns the new number in flight when it was lowered.
    pub fn learn(&self, went: Went) -> Option<usize> {
        let mut state = self.lock();
        let before = state.allowed;
        match went {
            Went::Well(us) => {
                if state.usual_us == 0 {
                    state.usual_us = us.max(1);
                }
                let strained = us > STRAIN_FLOOR_US && us > state.usual_us.saturating_mul(STRAIN);
                if strained {
                    state.slow_down();
                } else {
                    state.usual_us = (state.usual_us * 15 + us) / 16;
                    state.good_in_a_row += 1;
                    if state.good_in_a_row >= state.allowed {
                        state.good_in_a_row = 0;
                        state.allowed = (state.allowed + 1).min(self.most);
                    }
                }
            }
            Went::Throttled(asked) => {
                state.throttled += 1;
                state.slow_down();
                let pause = asked.unwrap_or(THROTTLED_PAUSE).min(RETRY_AFTER_MAX);
                state.not_before = state.not_before.max(Some(Instant::now() + pause));
            }
            Went::Badly => state.slow_down(),
        }
        (state.allowed < before).then_some(state.allowed)
    }

    /// Most requests that were in flight at once.
    pub fn in_flight_most(&self) -> u32 {
        u32::try_from(self.lock().in_flight_most).unwrap_or(u32::MAX)
    }

    /// How often the target said "slow down".
    pub fn throttled(&self) -> u64 {
        self.lock().throttled
    }
}

impl State {
    fn slow_down(&mut self) {
        self.good_in_a_row = 0;
        self.allowed = (self.allowed / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_on_throttles_and_grows_by_one() {
        let pace = Pace::new(8, 9, None);
        assert_eq!(pace.learn(Went::Throttled(None)), Some(4));
        assert_eq!(pace.learn(Went::Throttled(None)), Some(2));
        for _ in 0..100 {
            pace.learn(Went::Well(1000));
        }
        assert_eq!(pace.lock().allowed, 9);
        assert_eq!(pace.learn(Went::Well(5_000_000)), Some(4));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_goes_beyond_what_is_allowed() {
        let pace = Pace::new(1, 1, None);
        let first = pace.place().await;
        assert!(pace.try_place().is_err());
        drop(first);
        let _second = pace.place().await;
        assert_eq!(pace.in_flight_most(), 1);
    }
}
