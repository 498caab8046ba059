//! What a process costs, as Linux tells it in `/proc` (proc(5)).

use anyhow::{Context, Result};

/// Ticks of a second in `/proc/PID/stat`, on every Linux of today (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Seconds of processors that a process has spent, its children included, living and ended.
pub(super) fn spent_s(process: u32) -> Result<f64> {
    let mut ticks = 0;
    for other in std::fs::read_dir("/proc").context("the CPU time of a process")? {
        // A process may end meanwhile: its parent then has its time.
        let Ok(stat) = std::fs::read_to_string(other?.path().join("stat")) else { continue };
        ticks += ticks_for(&stat, process).unwrap_or(0);
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 ticks")]
    let ticks = ticks as f64;
    Ok(ticks / TICKS_PER_SECOND)
}

/// Ticks that a line of `/proc/PID/stat` counts for a process: its own, those of its ended children,
/// or those of a living child. Nothing for other processes.
fn ticks_for(stat: &str, process: u32) -> Option<u64> {
    let pid: u32 = stat.split(' ').next()?.parse().ok()?;
    // The name stands in brackets and may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    let (parent, own) = (number(1)?, number(11)? + number(12)?);
    if pid == process {
        return Some(own + number(13)? + number(14)?);
    }
    (parent == u64::from(process)).then_some(own)
}

/// Memory that a process holds now, in bytes (`VmRSS`).
pub(super) fn held_bytes(process: u32) -> Option<u64> {
    status(process, "VmRSS:")
}

/// The most memory that it has held so far, in bytes (`VmHWM`).
pub(super) fn most_held_bytes(process: u32) -> Option<u64> {
    status(process, "VmHWM:")
}

fn status(process: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_and_its_children_are_counted() {
        let stat = |pid: u32, parent: u32| {
            format!("{pid} (post (gres) x) S {parent} 1 1 0 -1 4 1 1 1 1 10 20 300 400 20 0")
        };
        assert_eq!(ticks_for(&stat(7, 1), 7), Some(730));
        assert_eq!(ticks_for(&stat(8, 7), 7), Some(30));
        assert_eq!(ticks_for(&stat(9, 1), 7), None);
        assert_eq!(ticks_for("nonsense", 7), None);
    }
}
