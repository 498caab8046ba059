//! The embedded peer: `SQLite` with a chain of hashes that the application keeps, as one would do it.

use super::clocks::{Clocks, percentiles};
use super::material::{body, with};
use anyhow::Result;
use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Rows with a chain of SHA-256: each hash is over the one before and the body.
const TABLE: &str = "
    CREATE TABLE log (
        id INTEGER PRIMARY KEY, hash BLOB NOT NULL, body TEXT NOT NULL, principal TEXT,
        address TEXT, object TEXT
    ) STRICT";

const INDEXES: &str = "
    CREATE INDEX by_principal ON log (principal);
    CREATE INDEX by_address ON log (address);
    CREATE INDEX by_object ON log (object)";

const INSERT: &str =
    "INSERT INTO log (hash, body, principal, address, object) VALUES (?1, ?2, ?3, ?4, ?5)";

/// Appends so many rows, so many to a transaction, each transaction flushed.
pub(crate) fn append(records: u64, batch: u64, indexes: bool, folder: &Path) -> Result<Value> {
    std::fs::create_dir_all(folder)?;
    let connection = Connection::open(folder.join("log.sqlite"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Memory as a server would be given; the default is 2 MB.
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.execute_batch(TABLE)?;
    if indexes {
        connection.execute_batch(INDEXES)?;
    }
    // Made before, as ours are: a ring of them, to spare memory.
    let made: Vec<(String, String)> =
        (0..records.min(8192)).map(|n| (format!("user-{:05}", n % 10_007), body(n))).collect();
    let mut hash = [0_u8; 32];
    let mut took: Vec<Duration> = Vec::new();
    let clocks = Clocks::start()?;
    let mut insert = connection.prepare(INSERT)?;
    let mut rows = (0_u64..records).zip(made.iter().cycle());
    loop {
        let began = clocks.wall();
        let mut count = 0;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for (number, (principal, body)) in rows.by_ref().take(usize::try_from(batch)?) {
            let mut digest = Context::new(&SHA256);
            digest.update(&hash);
            digest.update(body.as_bytes());
            hash.copy_from_slice(digest.finish().as_ref());
            // Only what is looked for stands in columns of its own.
            let of = |value: String| indexes.then_some(value);
            let (address, object) =
                (of(format!("192.0.2.{}", number % 254)), of(format!("order-{number}")));
            let principal = Some(principal).filter(|_| indexes);
            insert.execute(params![hash, body, principal, address, object])?;
            count += 1;
        }
        connection.execute_batch("COMMIT")?;
        if count == 0 {
            break;
        }
        took.push(clocks.wall().saturating_sub(began));
    }
    let told = clocks.told(records)?;
    let kept: i64 = connection.query_row("SELECT count(*) FROM log", [], |row| row.get(0))?;
    anyhow::ensure!(u64::try_from(kept)? == records, "{kept} of {records} rows are there");
    Ok(with(with(told, percentiles(took)), json!({"batch": batch, "indexes": indexes})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let told = append(25, 10, true, folder.path()).unwrap();
        assert_eq!((told["records"].as_u64(), told["batch"].as_u64()), (Some(25), Some(10)));
    }
}
