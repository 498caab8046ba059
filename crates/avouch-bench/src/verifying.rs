//! Our verifier, and bare hashing over the same bytes.

use super::clocks::Clocks;
use super::material::{begin, record, with};
use anyhow::{Context as _, Result, ensure};
use avouch_ledger::home::Home;
use avouch_ledger::keys::{Custody, KeyRing, Secret32};
use avouch_ledger::storage::Disk;
use avouch_ledger::verify::{Knowledge, Verdict, verify as judge};
use aws_lc_rs::digest::{self, SHA256};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Records on their way at once while the ledger is made.
const IN_FLIGHT: u64 = 16_384;

/// Makes a ledger of so many records, and judges it: by its structure, and with every record opened.
pub(crate) fn verify(records: u64, folder: &Path) -> Result<Value> {
    let ledger = begin(folder)?;
    for number in 0..records {
        let index = ledger.append("default", &record(number))?;
        if let Some(before) = index.checked_sub(IN_FLIGHT) {
            ledger.wait(before)?;
        }
    }
    ledger.close()?;
    let home = Home::new(folder);
    let files = written(&home.log().join("seg"))?;
    // Once without a measure: all are then read from memory, and the disk does not decide.
    hashed(&files)?;
    let clocks = Clocks::start()?;
    let bytes = hashed(&files)?;
    let bare = clocks.told(records)?;
    let structure = judged(&home, records, BTreeMap::new())?;
    let opened = judged(&home, records, secrets(&home)?)?;
    Ok(
        json!({"bare": with(bare, json!({"bytes": bytes})), "structure": structure, "opened": opened}),
    )
}

fn secrets(home: &Home) -> Result<BTreeMap<u32, Secret32>> {
    let ring = KeyRing::load(&Disk::read_only(home.log()))?;
    let kek =
        home.kek_file().load()?.of(ring.kek()).cloned().context("the ledger's key is gone")?;
    ring.numbers().map(|period| Ok((period, ring.secret(period, &kek)?))).collect()
}

fn judged(home: &Home, records: u64, secrets: BTreeMap<u32, Secret32>) -> Result<Value> {
    let storage = Disk::read_only(home.log());
    let knowledge = Knowledge { secrets, ..Knowledge::of(home.identity()?) };
    let clocks = Clocks::start()?;
    let report = judge(&storage, &knowledge);
    let told = clocks.told(records)?;
    ensure!(report.verdict() == Verdict::Intact, "an honest ledger is {:?}", report.findings);
    ensure!(report.size >= records, "{} of {records} records are there", report.size);
    Ok(told)
}

/// Files with entries, each with the bytes of it that are written: the rest is zeros that wait.
fn written(folder: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let mut files = Vec::new();
    for file in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = file?.path();
        let file = File::open(&path)?;
        let mut end = file.metadata()?.len();
        let mut part = vec![0; 4096];
        while end > 0 {
            let from = end.saturating_sub(part.len() as u64);
            let bytes = usize::try_from(end - from)?;
            let part = part.get_mut(..bytes).unwrap_or_default();
            file.read_exact_at(part, from)?;
            if part.iter().any(|byte| *byte != 0) {
                break;
            }
            end = from;
        }
        files.push((path, end));
    }
    Ok(files)
}

/// Hashes what is written of each file; gives how many bytes there were.
fn hashed(files: &[(PathBuf, u64)]) -> Result<u64> {
    let mut bytes = 0;
    let mut part = vec![0; 1 << 20];
    for (path, end) in files {
        let mut file = File::open(path)?.take(*end);
        let mut digest = digest::Context::new(&SHA256);
        loop {
            let read = file.read(&mut part)?;
            if read == 0 {
                break;
            }
            digest.update(part.get(..read).unwrap_or_default());
            bytes += read as u64;
        }
        std::hint::black_box(digest.finish());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_ledger_is_judged_intact() {
        let folder = tempfile::tempdir().unwrap();
        let told = verify(500, &folder.path().join("ledger")).unwrap();
        assert!(told["bare"]["bytes"].as_u64().unwrap() > 500 * 461, "{told}");
        assert_eq!(told["opened"]["records"], 500);
    }
}
