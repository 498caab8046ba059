//! A ledger of many entries: memory while it is written and judged, and how long a search takes.
//!
//! The search is that of `avouch ledger query`, as people use it, the start of the program included.

use super::program::Program;
use super::tally::Large;
use crate::stopwatch::Stopwatch;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::Path;

/// How often is searched; the middle is told.
const SEARCHES: usize = 3;

/// Writes half, searches, writes the other half, judges all.
pub(super) fn measure(program: &Program, entries: u64, folder: &Path) -> Result<Large> {
    let told = all(program, entries, folder);
    if folder.exists() {
        std::fs::remove_dir_all(folder).context("what was written could not be removed")?;
    }
    told
}

fn all(program: &Program, entries: u64, folder: &Path) -> Result<Large> {
    let half = (entries / 2).to_string();
    eprintln!("{half} entries are written");
    let first = program.kept(&["grow", "--records", &half], folder)?;
    let searched_entries = number(&first, "size")?;
    eprintln!("and searched");
    let search_ms = searched(program, searched_entries, folder)?;
    eprintln!("and {half} more");
    let second = program.kept(&["grow", "--records", &half], folder)?;
    eprintln!("and judged");
    let judged = program.kept(&["judge"], folder)?;
    let rate = |told: &Value| {
        let of = |name: &str| told.get(name).and_then(Value::as_f64).unwrap_or_default();
        of("records") / of("wall_s")
    };
    let memory = |told: &Value| number(told, "memory_bytes");
    Ok(Large {
        entries: number(&second, "size")?,
        searched_entries,
        search_ms,
        append_memory_bytes: memory(&first)?.max(memory(&second)?),
        verify_memory_bytes: memory(&judged)?,
        append_per_second: rate(&second),
        verify_per_second: rate(&judged),
    })
}

/// Milliseconds until one entry is found among all by its object. The first search is not counted:
/// it may have to bring files from the disk.
fn searched(program: &Program, entries: u64, folder: &Path) -> Result<f64> {
    let folder = folder.display().to_string();
    let mut took = Vec::new();
    for number in 0..=SEARCHES as u64 {
        let object = format!("order-{}", entries / 5 * (number + 1));
        let stopwatch = Stopwatch::start();
        let found = program.ledger(&["query", &folder, &format!("object={object}")])?;
        let ms = stopwatch.elapsed().as_secs_f64() * 1_000.0;
        let found = String::from_utf8_lossy(&found).into_owned();
        let right = found.lines().count() == 1 && found.contains(&object);
        ensure!(right, "the search for {object} found `{}`", found.trim());
        if number > 0 {
            took.push(ms);
        }
    }
    super::samples::median(took).context("nothing was searched")
}

fn number(told: &Value, name: &str) -> Result<u64> {
    told.get(name).and_then(Value::as_u64).with_context(|| format!("`{name}` was not told"))
}
