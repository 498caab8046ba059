//! How much is measured.

use std::path::PathBuf;

/// How much is measured, and where.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Interleaved rounds, of which the medians are told.
    pub(crate) rounds: u32,
    /// Whether everything is small, to see that it runs: its figures mean little.
    pub(crate) quick: bool,
    /// Entries of the large ledger; 0 leaves it out.
    pub(crate) large: u64,
    /// Where to write; `None` for a folder below the build's.
    pub(crate) folder: Option<PathBuf>,
}

/// Entries of the large ledger unless something else is asked for.
const LARGE: u64 = 20_000_000;

impl Default for Plan {
    fn default() -> Self {
        Self { rounds: 5, quick: false, large: LARGE, folder: None }
    }
}

/// Records on their way at once, and how many are appended then.
const LEVELS: [(usize, u64); 6] = [
    (1, 3_000),
    (16, 30_000),
    (256, 200_000),
    (1_024, 400_000),
    (4_096, 600_000),
    (16_384, 800_000),
];

impl Plan {
    /// As small as it makes sense.
    pub(crate) fn quick() -> Self {
        Self { rounds: 1, quick: true, large: 200_000, folder: None }
    }

    /// A tenth of it, when everything is small.
    fn scaled(&self, count: u64) -> u64 {
        if self.quick { count.div_ceil(10) } else { count }
    }

    /// Records on their way at once, and how many are appended then.
    pub(super) fn levels(&self) -> impl Iterator<Item = (usize, u64)> {
        LEVELS.into_iter().map(|(in_flight, records)| (in_flight, self.scaled(records)))
    }

    /// Records for the limit.
    pub(super) fn limit_records(&self) -> u64 {
        self.scaled(800_000)
    }

    /// Blocks written and flushed alone.
    pub(super) fn flushes(&self) -> u64 {
        self.scaled(500)
    }

    /// Records for the verifier.
    pub(super) fn verify_records(&self) -> u64 {
        self.scaled(500_000)
    }

    /// Rows for SQLite, by how many make a transaction.
    pub(super) fn sqlite_rows(&self, batch: u64) -> u64 {
        self.scaled(if batch == 1 { 3_000 } else { 100_000 })
    }

    /// Clients of PostgreSQL that append one row at a time.
    pub(super) fn row_clients(&self) -> &'static [u32] {
        if self.quick { &[1, 16] } else { &[1, 4, 16, 64] }
    }

    /// Seconds that PostgreSQL is measured for, with each number of clients.
    pub(super) fn postgres_seconds(&self) -> u32 {
        if self.quick { 1 } else { 4 }
    }

    /// Transactions of 1,000 rows whose chain the client made.
    pub(super) fn copies(&self) -> u64 {
        self.scaled(200)
    }
}
