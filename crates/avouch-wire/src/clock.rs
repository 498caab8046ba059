//! The one place that reads time.
//!
//! In scope: the wall clock for reports and certificates, a steady clock for durations. Out of
//! scope: waiting.

use jiff::Timestamp;
use std::time::Instant;

/// A steady clock that began with the scan. Copies of it tell the same time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
}

impl Clock {
    /// Starts the clock: its zero is now.
    #[expect(clippy::disallowed_methods, reason = "this is the one module that reads time")]
    pub fn start() -> Self {
        Self { began: Instant::now() }
    }

    /// The wall clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Microseconds since the clock was started; never goes back.
    pub fn micros(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_back() {
        let clock = Clock::start();
        let copy = clock;
        let first = clock.micros();
        assert!(copy.micros() >= first);
        assert!(clock.now().as_second() > 1_700_000_000);
    }
}
