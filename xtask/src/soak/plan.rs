//! What is to be run.

use crate::processes::answers;
use std::path::PathBuf;
use std::time::Duration;

/// What is to be run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How long.
    pub(crate) minutes: u64,
    /// The gateway's program; built when none is given.
    pub(crate) program: Option<PathBuf>,
    /// Where everything lies: the ledger, the settings, the result.
    pub(crate) folder: PathBuf,
    /// Requests in a second, over all connections.
    pub(crate) rate: u32,
    /// Connections of clients.
    pub(crate) connections: u32,
}

impl Plan {
    /// An hour of half the load that one core takes with a description, policies and a ledger.
    pub(crate) fn usual(folder: PathBuf) -> Self {
        Self { minutes: 60, program: None, folder, rate: 500, connections: 48 }
    }

    pub(super) fn lasts(&self) -> Duration {
        Duration::from_secs(self.minutes * 60)
    }

    /// Time between two requests of one connection.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_secs(1) * self.connections.max(1) / self.rate.max(1)
    }
}

/// Why it cannot be run here.
pub(crate) fn runnable() -> Result<(), String> {
    for (program, words) in [("nginx", ["-v"]), ("openssl", ["version"])] {
        if !answers(program, &words) {
            return Err(format!("`{program}` is missing: get it with `apt-get install {program}`"));
        }
    }
    Ok(())
}
