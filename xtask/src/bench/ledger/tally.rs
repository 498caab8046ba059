//! Everything that was measured, and the ratios that are the goals. Pure.

use super::samples::Row;
use serde::Serialize;
use std::collections::BTreeMap;

/// Names of rows that ratios are made of.
pub(super) const LIMIT: &str = "limit: seal, hash, tree, checksum, copy, flush";
/// Our ledger under full load, its records found by nothing: like the limit, which has no index.
pub(super) const PLAIN: &str = "ours, 16384 in flight, found by nothing";
/// A flush of what sixteen records come to.
pub(super) const FLUSH: &str = "write and flush of 12 KiB, alone";
/// SQLite with its chain, 1,000 rows to a transaction.
pub(super) const SQLITE_BATCH: &str = "SQLite, 1,000 rows a transaction";
/// The same with three indexes.
pub(super) const SQLITE_INDEXES: &str = "SQLite, 1,000 rows a transaction, three indexes";
/// SQLite, one row to a transaction.
pub(super) const SQLITE_ROW: &str = "SQLite, one row a transaction";
/// PostgreSQL, the chain made by the client.
pub(super) const POSTGRES_COPY: &str = "PostgreSQL, 1,000 rows a transaction, chain made before";
/// Bare SHA-256.
pub(super) const BARE: &str = "SHA-256 over the same bytes";
/// Our verifier, by structure.
pub(super) const STRUCTURE: &str = "verify, structure";
/// Our verifier, with every record opened.
pub(super) const OPENED: &str = "verify, every record opened";
/// The beginnings of names that come with a number.
const POSTGRES_ROW: &str = "PostgreSQL, one row a transaction";
const POSTGRES_BATCH: &str = "PostgreSQL, 1,000 rows a transaction";

/// The row of our ledger with so many on their way.
pub(super) fn ours(in_flight: usize) -> String {
    format!("ours, {in_flight} in flight")
}

/// The row of PostgreSQL with one row a transaction and so many clients.
pub(super) fn postgres_row(clients: u32) -> String {
    format!("{POSTGRES_ROW}, {clients} clients")
}

/// The same with 1,000 rows a transaction.
pub(super) fn postgres_batch(clients: u32) -> String {
    format!("{POSTGRES_BATCH}, {clients} clients")
}

/// What was measured of a ledger of many entries.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Large {
    /// Entries.
    pub(crate) entries: u64,
    /// Entries when it was searched.
    pub(crate) searched_entries: u64,
    /// Milliseconds until one entry was found by its object, program start included.
    pub(crate) search_ms: f64,
    /// Bytes held at most while it was written.
    pub(crate) append_memory_bytes: u64,
    /// Bytes held at most while it was judged.
    pub(crate) verify_memory_bytes: u64,
    /// Entries a second while it was written, and while it was judged.
    pub(crate) append_per_second: f64,
    /// As above.
    pub(crate) verify_per_second: f64,
}

/// The goals, as ratios. `None` where a side of it was not measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Ratios {
    /// CPU time of the limit in that of a record of ours, under full load, without an index: the
    /// limit has none.
    pub(crate) cpu_of_limit: Option<f64>,
    /// The same with records that are found by three terms, the index written beside.
    pub(crate) cpu_of_limit_indexed: Option<f64>,
    /// Records a second of ours in those of the limit, under full load, without an index.
    pub(crate) wall_of_limit: Option<f64>,
    /// What being found by three terms costs a record of ours, in nanoseconds of CPU.
    pub(crate) index_cpu_ns: Option<f64>,
    /// The same of SQLite with three indexes by that of ours.
    pub(crate) index_sqlite: Option<f64>,
    /// Ours with 1,024 in flight by PostgreSQL with a row a transaction at its best.
    pub(crate) postgres_row: Option<f64>,
    /// Ours with 16 in flight by PostgreSQL with 16 clients.
    pub(crate) postgres_row_16: Option<f64>,
    /// Ours one at a time by PostgreSQL with one client.
    pub(crate) postgres_row_1: Option<f64>,
    /// Ours with 4,096 in flight by PostgreSQL with 1,000 rows a transaction at its best.
    pub(crate) postgres_batch: Option<f64>,
    /// The same, where PostgreSQL only keeps a chain that was made before.
    pub(crate) postgres_copy: Option<f64>,
    /// Ours with 4,096 in flight by SQLite with 1,000 rows a transaction.
    pub(crate) sqlite_batch: Option<f64>,
    /// The same against SQLite with three indexes, as ours are found by three terms.
    pub(crate) sqlite_indexes: Option<f64>,
    /// The middle acknowledgement with 16 in flight by the middle flush.
    pub(crate) ack_of_flush: Option<f64>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tally {
    /// Interleaved rounds.
    pub(crate) rounds: u32,
    /// Whether everything was small: then the figures mean little.
    pub(crate) quick: bool,
    /// Peers and measurements that are missing, and why.
    pub(crate) missing: Vec<String>,
    /// The middle of the rounds.
    pub(crate) rows: Vec<Row>,
    /// The ratios.
    pub(crate) ratios: Ratios,
    /// The middle of how long an acknowledgement took, in milliseconds, by records in flight.
    pub(crate) ack_p50_ms: BTreeMap<usize, Option<f64>>,
    /// Speed of verifying the structure, as a part of that of bare hashing.
    pub(crate) verify_of_bare_hash: Option<f64>,
    /// The same with every record opened.
    pub(crate) verify_opened_of_bare_hash: Option<f64>,
    /// Milliseconds of a search over ten million entries; `None` when fewer were searched.
    pub(crate) search_ms_10m: Option<f64>,
    /// What was measured of a ledger of many entries.
    pub(crate) large: Option<Large>,
}

/// Entries over which a search is told under its own name.
const SEARCHED: u64 = 10_000_000;

impl Tally {
    /// Works out the ratios.
    pub(super) fn new(rows: Vec<Row>, levels: &[usize], large: Option<Large>) -> Self {
        let row = |name: &str| rows.iter().find(|row| row.name == name);
        let rate = |name: &str| row(name).and_then(|row| row.per_second);
        let cpu = |name: &str| row(name).and_then(|row| row.cpu_ns);
        let p50 = |name: &str| row(name).and_then(|row| row.p50_ms);
        // Clients come behind a name that ends there: other rows begin with the same words.
        let best = |beginning: &str| {
            let of = rows.iter().filter(|row| {
                row.name.strip_prefix(beginning).is_some_and(|rest| rest.ends_with("clients"))
            });
            of.filter_map(|row| row.per_second).reduce(f64::max)
        };
        let by = |a: Option<f64>, b: Option<f64>| Some(a? / b.filter(|b| *b > 0.0)?);
        let index = |with: Option<f64>, without: Option<f64>| Some(with? - without?);
        let full = ours(16_384);
        let ratios = Ratios {
            cpu_of_limit: by(cpu(LIMIT), cpu(PLAIN)),
            cpu_of_limit_indexed: by(cpu(LIMIT), cpu(&full)),
            wall_of_limit: by(rate(PLAIN), rate(LIMIT)),
            index_cpu_ns: index(cpu(&full), cpu(PLAIN)),
            index_sqlite: by(
                index(cpu(SQLITE_INDEXES), cpu(SQLITE_BATCH)),
                index(cpu(&full), cpu(PLAIN)),
            ),
            postgres_row: by(rate(&ours(1_024)), best(POSTGRES_ROW)),
            postgres_row_16: by(rate(&ours(16)), rate(&postgres_row(16))),
            postgres_row_1: by(rate(&ours(1)), rate(&postgres_row(1))),
            postgres_batch: by(rate(&ours(4_096)), best(POSTGRES_BATCH)),
            postgres_copy: by(rate(&ours(4_096)), rate(POSTGRES_COPY)),
            sqlite_batch: by(rate(&ours(4_096)), rate(SQLITE_BATCH)),
            sqlite_indexes: by(rate(&ours(4_096)), rate(SQLITE_INDEXES)),
            ack_of_flush: by(p50(&ours(16)), p50(FLUSH)),
        };
        let searched = large.as_ref().filter(|large| large.searched_entries >= SEARCHED);
        Self {
            ratios,
            ack_p50_ms: levels.iter().map(|level| (*level, p50(&ours(*level)))).collect(),
            verify_of_bare_hash: by(rate(STRUCTURE), rate(BARE)),
            verify_opened_of_bare_hash: by(rate(OPENED), rate(BARE)),
            search_ms_10m: searched.map(|large| large.search_ms),
            rows,
            large,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, per_second: f64, cpu_ns: f64, p50_ms: f64) -> Row {
        Row {
            name: name.to_owned(),
            per_second: Some(per_second),
            cpu_ns: Some(cpu_ns),
            p50_ms: Some(p50_ms),
            ..Row::default()
        }
    }

    #[test]
    fn ratios_are_of_what_their_names_say() {
        let rows = vec![
            row(LIMIT, 900.0, 1_200.0, 0.0),
            row(FLUSH, 0.0, 0.0, 0.2),
            row(&ours(16), 30.0, 0.0, 0.5),
            row(&ours(1_024), 400.0, 0.0, 1.0),
            row(&ours(4_096), 500.0, 0.0, 2.0),
            row(&ours(16_384), 500.0, 3_000.0, 9.0),
            row(PLAIN, 600.0, 2_000.0, 9.0),
            row(&postgres_row(1), 2.0, 0.0, 0.0),
            row(&postgres_row(16), 1.0, 0.0, 0.0),
            row(&postgres_batch(1), 40.0, 0.0, 0.0),
            row(&postgres_batch(2), 50.0, 0.0, 0.0),
            row(POSTGRES_COPY, 100.0, 0.0, 0.0),
            row(BARE, 10.0, 0.0, 0.0),
            row(STRUCTURE, 6.0, 0.0, 0.0),
        ];
        let tally = Tally::new(rows, &[16, 256], None);
        let ratios = &tally.ratios;
        assert_eq!((ratios.cpu_of_limit, ratios.postgres_row), (Some(0.6), Some(200.0)));
        assert_eq!((ratios.cpu_of_limit_indexed, ratios.index_cpu_ns), (Some(0.4), Some(1_000.0)));
        assert_eq!((ratios.postgres_row_16, ratios.postgres_row_1), (Some(30.0), None));
        // What only keeps a finished chain is no answer to who makes one.
        assert_eq!((ratios.postgres_batch, ratios.postgres_copy), (Some(10.0), Some(5.0)));
        assert_eq!((ratios.sqlite_batch, ratios.ack_of_flush), (None, Some(2.5)));
        assert_eq!((tally.ack_p50_ms[&16], tally.ack_p50_ms[&256]), (Some(0.5), None));
        assert_eq!((tally.verify_of_bare_hash, tally.search_ms_10m), (Some(0.6), None));
    }
}
