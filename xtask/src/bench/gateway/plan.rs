//! How much is measured.

use std::path::PathBuf;

/// How much is measured.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Interleaved rounds, of which the medians are told.
    pub(crate) rounds: u32,
    /// Whether everything is short, to see that it runs: its figures mean little.
    pub(crate) quick: bool,
    /// A program to measure in place of the one that is built here, such as that of another version.
    pub(crate) program: Option<PathBuf>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { rounds: 5, quick: false, program: None }
    }
}

impl Plan {
    /// As short as it makes sense.
    pub(crate) fn quick() -> Self {
        Self { rounds: 1, quick: true, program: None }
    }

    /// Seconds of load on one proxy in one round.
    pub(super) fn seconds(&self) -> u32 {
        if self.quick { 1 } else { 3 }
    }

    /// Connections that are opened and left idle.
    pub(super) fn idle_connections(&self) -> u32 {
        if self.quick { 200 } else { 1_000 }
    }
}
