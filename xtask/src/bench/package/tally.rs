//! What was measured. Pure.

use serde::Serialize;

/// One program that ran.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    /// What it did.
    pub(crate) what: String,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Entries of the ledger in a second of it.
    pub(crate) entries_per_second: f64,
    /// The most memory it held at once.
    pub(crate) memory_bytes: u64,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tally {
    /// Entries of the ledger.
    pub(crate) entries: u64,
    /// Of these, how many are neither requests nor the ledger's own.
    pub(crate) populations: u64,
    /// Rows of all populations of the package.
    pub(crate) rows_of_package: u64,
    /// Bytes of the ledger's folder.
    pub(crate) ledger_bytes: u64,
    /// Bytes of the package.
    pub(crate) package_bytes: u64,
    /// The programs.
    pub(crate) rows: Vec<Row>,
}

impl Tally {
    /// Adds a program.
    pub(super) fn add(&mut self, what: &str, seconds: f64, memory_bytes: u64) {
        #[expect(clippy::cast_precision_loss, reason = "far fewer entries than 2^52")]
        let entries = self.entries as f64;
        let entries_per_second = if seconds > 0.0 { entries / seconds } else { 0.0 };
        self.rows.push(Row { what: what.to_owned(), seconds, entries_per_second, memory_bytes });
    }
}
