//! A ledger of many records: how much memory it takes to write it, and to judge it.

use super::clocks::{Clocks, memory_most};
use super::material::{open, small_record, with};
use anyhow::{Result, ensure};
use avouch_ledger::home::Home;
use avouch_ledger::storage::Disk;
use avouch_ledger::verify::{Knowledge, Verdict, verify};
use serde_json::{Value, json};
use std::path::Path;

/// Records on their way at once.
const IN_FLIGHT: u64 = 16_384;

/// Appends so many small records.
pub(crate) fn grow(records: u64, folder: &Path) -> Result<Value> {
    let ledger = open(folder)?;
    let from = ledger.durable().size;
    let clocks = Clocks::start()?;
    for number in from..from + records {
        let index = ledger.append("default", &small_record(number))?;
        if let Some(before) = index.checked_sub(IN_FLIGHT) {
            ledger.wait(before)?;
        }
    }
    let told = clocks.told(records)?;
    let size = ledger.close()?.size;
    Ok(with(told, json!({"size": size, "memory_bytes": memory_most()?})))
}

/// Judges it by its structure.
pub(crate) fn judge(folder: &Path) -> Result<Value> {
    let home = Home::new(folder);
    let clocks = Clocks::start()?;
    let report = verify(&Disk::read_only(home.log()), &Knowledge::of(home.identity()?));
    let told = clocks.told(report.size)?;
    ensure!(report.verdict() == Verdict::Intact, "an honest ledger is {:?}", report.findings);
    Ok(with(told, json!({"memory_bytes": memory_most()?})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_grows_and_is_judged() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger");
        grow(40, &ledger).unwrap();
        let size = grow(40, &ledger).unwrap()["size"].as_u64().unwrap();
        assert!(size > 80);
        assert_eq!(judge(&ledger).unwrap()["records"], size);
    }
}
