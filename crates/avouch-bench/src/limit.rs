//! The limit: the work that no ledger of this form can leave out, in one thread, without threads,
//! locks, checkpoints, index, time or randomness around it.

use super::clocks::{Clocks, percentiles};
use super::material::{ORIGIN, record, with};
use anyhow::{Context, Result};
use avouch_ledger::format::{BODY_BYTES_MAX, Origin, Record, padded};
use avouch_ledger::keys::{PeriodKeys, Secret32, seal_record};
use avouch_ledger::merkle::{Frontier, leaf_hash, push_entry};
use serde_json::{Value, json};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

/// Bytes that are written and flushed at once: what the ledger comes to under load.
const BLOCK_BYTES: usize = BODY_BYTES_MAX;

/// Bytes that a segment is filled with before, so that a flush has no file to grow.
const SEGMENT_BYTES: u64 = 64 << 20;

/// Seals, hashes, pushes, copies, checks and flushes so many records.
pub(crate) fn limit(records: u64, folder: &Path) -> Result<Value> {
    let origin = Origin::parse(ORIGIN)?.hash();
    let keys = PeriodKeys::new(&origin, &Secret32::new([7; 32]))?;
    let made: Vec<Record> = (0..records.min(8192)).map(record).collect();
    let file = prepared(folder, SEGMENT_BYTES)?;
    let (mut entry, mut block) = (Vec::new(), Vec::with_capacity(BLOCK_BYTES + 4096));
    let (mut frontier, mut at, mut checked) = (Frontier::new(), 0, 0_u32);
    let mut bytes = 0;
    let clocks = Clocks::start()?;
    for (number, next) in (0_u64..records).zip(made.iter().cycle()) {
        let mut nonce = [0; 24];
        for (to, from) in nonce.iter_mut().zip(number.to_be_bytes()) {
            *to = from;
        }
        seal_record(&mut entry, &keys, &origin, (1, number), nonce, next)?;
        frontier.push(leaf_hash(&entry));
        push_entry(&mut block, &entry).context("an entry is too long")?;
        bytes += entry.len() as u64;
        if block.len() + 2 * entry.len() > BLOCK_BYTES || number + 1 == records {
            checked ^= crc32fast::hash(&block);
            block.resize(padded(block.len()), 0);
            if at + block.len() as u64 > SEGMENT_BYTES {
                at = 0;
            }
            file.write_all_at(&block, at)?;
            file.sync_data()?;
            at += block.len() as u64;
            block.clear();
        }
    }
    let told = clocks.told(records)?;
    let entry_bytes = bytes / records.max(1);
    // The sums are told so that nothing of the work can be left out as unused.
    let sums =
        json!({"entry_bytes": entry_bytes, "root": frontier.root().to_hex(), "crc": checked});
    Ok(with(told, sums))
}

/// Writes and flushes blocks of that length, one at a time.
pub(crate) fn flush(bytes: usize, count: u64, folder: &Path) -> Result<Value> {
    let file = prepared(folder, count * bytes as u64)?;
    let block = vec![7; bytes];
    let mut took: Vec<Duration> = Vec::new();
    let clocks = Clocks::start()?;
    for number in 0..count {
        let began = clocks.wall();
        file.write_all_at(&block, number * bytes as u64)?;
        file.sync_data()?;
        took.push(clocks.wall().saturating_sub(began));
    }
    Ok(with(percentiles(took), json!({"bytes": bytes})))
}

/// A file that is filled already.
fn prepared(folder: &Path, bytes: u64) -> Result<File> {
    std::fs::create_dir_all(folder)?;
    let file = File::create_new(folder.join("blocks"))?;
    let zeros = vec![0; 1 << 20];
    let mut at = 0;
    while at < bytes {
        file.write_all_at(&zeros, at)?;
        at += zeros.len() as u64;
    }
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_measured_over_whole_entries() {
        let folder = tempfile::tempdir().unwrap();
        let told = limit(50, folder.path()).unwrap();
        assert_eq!(told["records"], 50);
        assert!(told["entry_bytes"].as_u64().unwrap() > 461, "{told}");
        let again = tempfile::tempdir().unwrap();
        assert!(flush(4096, 3, again.path()).unwrap()["p50_ms"].as_f64().is_some());
    }
}
