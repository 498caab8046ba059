//! Copies of a ledger, as a person may ask for them on the command line or in `[ledger]`.

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// Who can remove a locked pack before its time.
#[derive(Clone, Copy, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LockMode {
    /// Nobody, also not the owner of the account. Shorter retention comes too late then
    Compliance,
    /// Only who has a special permission
    Governance,
}

/// Copies of a ledger that follow it while it is written, and what of them an acknowledgement waits for.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CopyArgs {
    /// A folder that has all entries within a second or two, better on another machine
    #[arg(long, value_name = "FOLDER")]
    pub(crate) replica: Option<String>,
    /// An archive that has all entries within a second or two: a folder, or `s3://bucket/prefix`
    #[arg(long, value_name = "FOLDER|ADDRESS")]
    pub(crate) archive: Option<String>,
    /// Lets nobody remove packs from the archive before their retention is over
    #[arg(long, value_name = "MODE", requires = "archive")]
    pub(crate) lock: Option<LockMode>,
    /// How safe a record is before it is told to be [default: committed]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) acknowledge: Option<Safety>,
}

impl CopyArgs {
    /// Whether no copy is asked for.
    pub(crate) fn are_none(&self) -> bool {
        self.replica.is_none() && self.archive.is_none()
    }
}

/// How safe a record is before it is told to be.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Safety {
    /// Written here and flushed
    #[default]
    Committed,
    /// The replica has it too
    Replicated,
    /// The archive has it too
    Archived,
}
