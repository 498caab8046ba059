//! Being asked to end, by a service manager or a terminal.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask a process to end (`SIGTERM`, `SIGINT`).
///
/// From the moment this exists they no longer kill: make it before anybody learns that the process
/// serves, or whoever stops it right then breaks off what it was to end in order.
#[derive(Debug)]
pub struct Ending {
    terminate: Signal,
    interrupt: Signal,
}

impl Ending {
    /// Listens. Fails outside a runtime that has its input and output enabled.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits until the process is asked to end.
    pub async fn told(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}
