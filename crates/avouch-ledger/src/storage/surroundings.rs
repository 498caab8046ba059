//! Time and randomness.

use std::cell::RefCell;
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

    /// Gives bytes that nobody had before. They may have been drawn some time ago, so in a copy of the
    /// machine's memory they may come again: who uses them must add what tells both apart.
    fn draw_nonce(&self) -> Result<[u8; 24], RngError> {
        let mut nonce = [0; 24];
        self.fill(&mut nonce)?;
        Ok(nonce)
    }
}

/// Nonces that are drawn at once: asking the machine for one costs as much as sealing a record.
const NONCES: usize = 32;

/// Nonces that were drawn and are left.
struct Drawn {
    nonces: [[u8; 24]; NONCES],
    left: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> = const { RefCell::new(Drawn { nonces: [[0; 24]; NONCES], left: 0 }) };
}

/// The random bytes of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| RngError)
    }

    fn draw_nonce(&self) -> Result<[u8; 24], RngError> {
        DRAWN.with_borrow_mut(|drawn| {
            if drawn.left == 0 {
                self.fill(drawn.nonces.as_flattened_mut())?;
                drawn.left = NONCES;
            }
            drawn.left -= 1;
            drawn.nonces.get(drawn.left).copied().ok_or(RngError)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_nonce_is_drawn_twice() {
        let draw = || (0..100).map(|_| SystemRng.draw_nonce().unwrap()).collect::<Vec<_>>();
        let other = std::thread::spawn(draw).join().unwrap();
        let all: BTreeSet<_> = draw().into_iter().chain(other).collect();
        assert_eq!(all.len(), 200);
    }
}
