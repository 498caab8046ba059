//! What a person may type after `avouch ledger witness`, `archive` and `registry`.

use super::args::PlaceArgs;
use crate::copying::LockMode;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do with a witness.
#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    /// Makes a witness: its key, its folder
    Init(WitnessInitArgs),
    /// Makes a log known, which is cosigned from then on
    Add {
        #[command(flatten)]
        place: WitnessPlaceArgs,
        /// The public key of the log's identity, or a file with it
        #[arg(long, value_name = "KEY|FILE")]
        key: String,
    },
    /// Answers to logs over HTTP (C2SP `tlog-witness`) until it is ended
    Serve {
        #[command(flatten)]
        place: WitnessPlaceArgs,
        /// Where to listen
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7319")]
        listen: std::net::SocketAddr,
    },
    /// Says which logs it knows and how far it cosigned them
    Show {
        #[command(flatten)]
        place: WitnessPlaceArgs,
        /// As lines of JSON
        #[arg(long)]
        json: bool,
    },
}

/// Where a witness is.
#[derive(Clone, Debug, Args)]
pub(crate) struct WitnessPlaceArgs {
    /// The witness's folder
    #[arg(default_value = "witness")]
    pub(crate) witness: PathBuf,
}

/// How to make a witness.
#[derive(Clone, Debug, Args)]
pub(crate) struct WitnessInitArgs {
    #[command(flatten)]
    pub(crate) place: WitnessPlaceArgs,
    /// Its name, such as `example.com/witness`
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do with an archive.
#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Puts there what is not there yet. It may be broken off and run again
    Push {
        #[command(flatten)]
        place: PlaceArgs,
        /// The archive: a folder, or `s3://bucket/prefix`
        #[arg(long, value_name = "FOLDER|ADDRESS")]
        to: String,
        /// Locks each pack until the retention of its records ends. The bucket must have Object Lock
        #[arg(long, value_enum, value_name = "MODE")]
        lock: Option<LockMode>,
        /// Records in the ledger that it was done, for whoever asks for the copies of a period
        #[arg(long)]
        record: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Compares every archived pack with what the ledger says of it
    Check {
        #[command(flatten)]
        place: PlaceArgs,
        /// The archive: a folder, or `s3://bucket/prefix`
        #[arg(long, value_name = "FOLDER|ADDRESS")]
        from: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Makes a ledger from an archive alone, in an empty folder
    Restore {
        #[command(flatten)]
        place: PlaceArgs,
        /// The archive: a folder, or `s3://bucket/prefix`
        #[arg(long, value_name = "FOLDER|ADDRESS")]
        from: String,
        /// The public key of the log's identity, or a file with it: from where you keep it, not from the archive
        #[arg(long, value_name = "KEY|FILE")]
        key: String,
        /// Records in this ledger, which is the one in use, that it was restored and what that showed
        #[arg(long, value_name = "FOLDER")]
        record: Option<PathBuf>,
    },
}

/// What to do with a registry: a ledger that tells of others.
#[derive(Debug, Subcommand)]
pub(crate) enum RegistryCommand {
    /// Registers logs, and writes down how far they are by now
    Add {
        #[command(flatten)]
        place: PlaceArgs,
        /// The folder of a ledger. Repeatable
        #[arg(long, value_name = "FOLDER", required = true)]
        log: Vec<PathBuf>,
    },
    /// Writes down that logs ended, and whether in good order
    Close {
        #[command(flatten)]
        place: PlaceArgs,
        /// The folder of a ledger. Repeatable
        #[arg(long, value_name = "FOLDER", required = true)]
        log: Vec<PathBuf>,
    },
    /// Says which logs are registered and how far they were
    Show {
        #[command(flatten)]
        place: PlaceArgs,
        /// As lines of JSON
        #[arg(long)]
        json: bool,
    },
    /// Judges the registry and all logs of which it tells: none may be missing, shorter or another
    Verify {
        #[command(flatten)]
        place: PlaceArgs,
        /// The folder of a ledger, or a copy of its folder `log`. Repeatable
        #[arg(long, value_name = "FOLDER")]
        log: Vec<PathBuf>,
        /// The public key of the registry's identity, or a file with it [default: `identity.vkey` in its folder]
        #[arg(long, value_name = "KEY|FILE")]
        key: Option<String>,
        /// Judges copies that are not written to any more
        #[arg(long)]
        at_rest: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}
