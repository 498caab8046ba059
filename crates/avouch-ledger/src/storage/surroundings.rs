//! Time and randomness.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Milliseconds since 1970, as far as the machine knows. May go back.
    fn now_ms(&self) -> u64;

    /// A steady time since some beginning; never goes back.
    fn steady(&self) -> Duration;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Starts the steady time.
    #[expect(clippy::disallowed_methods, reason = "this is the ledger's one door to time")]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the ledger's one door to time")]
    fn now_ms(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn steady(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The machine gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the machine gave no random bytes")]
pub struct RngError;

/// A source of random bytes.
pub trait Rng: fmt::Debug + Send + Sync {
    /// Fills bytes with what nobody can guess.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError>;
}

/// The random bytes of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| RngError)
    }
}
