//! Measures the ledger, what limits it, and an embedded peer: one measurement a run.
//!
//! In scope: what must be measured inside a process of its own, so that its CPU time and its memory are
//! its own. Each run prints one line of JSON. Out of scope: comparing and repeating, which is
//! `cargo xtask bench ledger`.

mod append;
mod clocks;
mod large;
mod limit;
mod material;
mod sqlite;
mod verifying;
mod year;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Measures the ledger; see `cargo xtask bench ledger`.
#[derive(Parser)]
#[command(name = "avouch-bench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What no ledger of this form can do without, and nothing else, in one thread
    Limit(Sizes),
    /// What a write of a block and its flush take
    Flush {
        /// Bytes of a block
        #[arg(long, default_value_t = 4096)]
        bytes: usize,
        /// Blocks
        #[arg(long, default_value_t = 500)]
        count: u64,
        /// Where to write; nothing may be there
        #[arg(long)]
        folder: PathBuf,
    },
    /// Our ledger, with so many records on their way at once
    Append {
        #[command(flatten)]
        sizes: Sizes,
        /// Records on their way at once
        #[arg(long)]
        in_flight: usize,
        /// Records that can be found by nothing: what is left is what the limit does as well
        #[arg(long)]
        plain: bool,
    },
    /// `SQLite` with a chain of hashes, in its safest mode
    Sqlite {
        #[command(flatten)]
        sizes: Sizes,
        /// Rows of a transaction
        #[arg(long)]
        batch: u64,
        /// Whether rows can be found by three columns
        #[arg(long)]
        indexes: bool,
    },
    /// Our verifier, and bare SHA-256 over the same bytes
    Verify(Sizes),
    /// Appends so many small records to the ledger in a folder, which is begun if it is not there
    Grow(Sizes),
    /// Writes a made-up year of so many records, requests and what populations are made of
    Year(Sizes),
    /// Verifies the ledger in a folder and tells the memory that took
    Judge {
        /// Where the ledger is
        #[arg(long)]
        folder: PathBuf,
    },
}

/// How much, and where.
#[derive(Clone, Debug, clap::Args)]
struct Sizes {
    /// Records
    #[arg(long)]
    records: u64,
    /// Where to write; nothing may be there
    #[arg(long)]
    folder: PathBuf,
}

fn main() -> ExitCode {
    let measured = match Arguments::parse().command {
        Command::Limit(sizes) => limit::limit(sizes.records, &sizes.folder),
        Command::Flush { bytes, count, folder } => limit::flush(bytes, count, &folder),
        Command::Append { sizes, in_flight, plain } => {
            append::append(sizes.records, in_flight, plain, &sizes.folder)
        }
        Command::Sqlite { sizes, batch, indexes } => {
            sqlite::append(sizes.records, batch, indexes, &sizes.folder)
        }
        Command::Verify(sizes) => verifying::verify(sizes.records, &sizes.folder),
        Command::Grow(sizes) => large::grow(sizes.records, &sizes.folder),
        Command::Year(sizes) => year::year(sizes.records, &sizes.folder),
        Command::Judge { folder } => large::judge(&folder),
    };
    match measured.and_then(|value| Ok(writeln!(std::io::stdout(), "{value}")?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is where the failure is told: if it is closed, nobody listens.
            let _ = writeln!(std::io::stderr(), "avouch-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
