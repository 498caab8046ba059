//! How long a run lasts, and what time it is in it.

use crate::stopwatch::Stopwatch;
use std::time::Duration;

/// The clock of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Stopwatch,
    lasts: Duration,
}

impl Clock {
    pub(super) fn start(lasts: Duration) -> Self {
        Self { started: Stopwatch::start(), lasts }
    }

    /// Time since the start.
    pub(super) fn now(self) -> Duration {
        self.started.elapsed()
    }

    /// How long the run lasts.
    pub(super) fn lasts(self) -> Duration {
        self.lasts
    }

    /// Whether the run is to end.
    pub(super) fn is_over(self) -> bool {
        self.now() >= self.lasts
    }

    /// Waits until a time of the run, or its end.
    #[expect(clippy::disallowed_methods, reason = "a load is paced by time, and by nothing else")]
    pub(super) fn wait_until(self, at: Duration) {
        let at = at.min(self.lasts);
        while let Some(left) = at.checked_sub(self.now()).filter(|left| !left.is_zero()) {
            std::thread::sleep(left.min(Duration::from_millis(500)));
        }
    }
}

/// A short while, for a process to come up.
#[expect(clippy::disallowed_methods, reason = "another program says by a file that it is ready")]
pub(super) fn rest() {
    std::thread::sleep(Duration::from_millis(50));
}
