//! A program that runs to its end, while its memory is watched.

use super::super::cpu::most_held_bytes;
use super::super::gateway::pause;
use crate::stopwatch::Stopwatch;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Between two looks. What is held only behind the last one is not seen.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) seconds: f64,
    /// The most memory it held at once.
    pub(super) memory_bytes: u64,
}

/// Runs a program that must end well; what it prints goes to a file.
pub(super) fn watched(command: &mut Command, printed: &Path) -> Result<Cost> {
    let name = command.get_program().display().to_string();
    let to = File::create(printed).context("what is printed cannot be kept")?;
    let stopwatch = Stopwatch::start();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(to)
        .spawn()
        .with_context(|| format!("`{name}` could not be started"))?;
    let mut memory_bytes = 0;
    let status = loop {
        memory_bytes = most_held_bytes(child.id()).unwrap_or(0).max(memory_bytes);
        if let Some(status) = child.try_wait()? {
            break status;
        }
        pause(LOOK_EVERY);
    };
    let seconds = stopwatch.elapsed().as_secs_f64();
    if !status.success() {
        let said = std::fs::read_to_string(printed).unwrap_or_default();
        bail!("`{name}` ended with {status}: {}", said.trim());
    }
    Ok(Cost { seconds, memory_bytes })
}
