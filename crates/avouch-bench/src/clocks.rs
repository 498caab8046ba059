//! Time that passed, time the processor spent, memory that was held.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A stopwatch for both kinds of time.
#[derive(Debug)]
pub(crate) struct Clocks {
    began: Instant,
    cpu: Duration,
}

impl Clocks {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "to measure is what this program is for")]
    pub(crate) fn start() -> Result<Self> {
        Ok(Self { began: Instant::now(), cpu: cpu()? })
    }

    /// Time that passed.
    pub(crate) fn wall(&self) -> Duration {
        self.began.elapsed()
    }

    /// What so many records took.
    pub(crate) fn told(&self, records: u64) -> Result<Value> {
        let wall = self.wall();
        let cpu = cpu()?.saturating_sub(self.cpu);
        Ok(json!({
            "records": records,
            "wall_s": wall.as_secs_f64(),
            "cpu_s": cpu.as_secs_f64(),
        }))
    }
}

/// CPU time of all threads of this process that are still there. The kernel brings it up to date
/// every few milliseconds (`/proc/PID/task/TID/schedstat`).
pub(crate) fn cpu() -> Result<Duration> {
    let mut nanos = 0;
    for task in std::fs::read_dir("/proc/self/task").context("the CPU time cannot be read")? {
        let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else {
            continue;
        };
        let first = text.split(' ').next().unwrap_or_default();
        nanos += first.parse::<u64>().context("the CPU time cannot be read")?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// The most memory that this process held at once, in bytes.
pub(crate) fn memory_most() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.context("the memory held cannot be read")? * 1024)
}

/// The middle of some durations, and the one that a hundredth exceeds, in milliseconds.
pub(crate) fn percentiles(mut all: Vec<Duration>) -> Value {
    all.sort_unstable();
    let at = |part: usize| {
        let place = (all.len().saturating_sub(1)) * part / 100;
        all.get(place).map(|it| it.as_secs_f64() * 1_000.0)
    };
    json!({"p50_ms": at(50), "p99_ms": at(99)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_the_middle() {
        let all = (1..=101).rev().map(Duration::from_millis).collect();
        assert_eq!(percentiles(all), json!({"p50_ms": 51.0, "p99_ms": 100.0}));
        assert_eq!(percentiles(Vec::new()), json!({"p50_ms": null, "p99_ms": null}));
    }

    #[test]
    fn what_was_held_is_known() {
        assert!(memory_most().unwrap() > 100_000);
        assert!(cpu().is_ok());
    }
}
