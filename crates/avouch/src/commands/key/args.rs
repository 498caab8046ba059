//! What a person may type after `avouch key`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// How long a key holds when nobody says, in days.
const DAYS: u32 = 90;

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key and prints it, once: only a digest is kept
    Issue(IssueArgs),
    /// Lists the keys: whose, for what, until when, last used when
    List(ListArgs),
    /// Makes a key in the place of another, which holds on for a while
    Rotate(RotateArgs),
    /// Takes a key back: gateways refuse it as soon as they have read the file
    Revoke(RevokeArgs),
}

/// Where keys are, and who does something to them.
#[derive(Clone, Debug, Args)]
pub(crate) struct KeyPlaceArgs {
    /// The file of the keys [default: `file` of `[guard.identify.keys]`, else keys.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Configuration file [default: avouch.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Who does something, and where that is recorded.
#[derive(Clone, Debug, Args)]
pub(crate) struct RecordArgs {
    /// The ledger that it is recorded in [default: `folder` of `[ledger]`; none is no record]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) ledger: Option<PathBuf>,
    /// Who does it, for the record [default: the variable USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What key to make.
#[derive(Clone, Debug, Args)]
pub(crate) struct IssueArgs {
    #[command(flatten)]
    pub(crate) place: KeyPlaceArgs,
    /// Whose it is: what policies and records know its holder by
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: String,
    /// What it may be used for, such as `orders:read`. Repeatable, or separated by commas
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    pub(crate) scope: Vec<String>,
    /// What its holder is, for policies. Repeatable, or separated by commas
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub(crate) role: Vec<String>,
    /// What it is for, in words, for who looks at the list
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: Option<String>,
    /// Days that it holds
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// The request that it answers: refused unless the ledger says that it was approved, by `avouch review approve`
    #[arg(long, value_name = "ID")]
    pub(crate) request: Option<String>,
    /// The day from which it holds, such as 2027-01-31 [default: now]
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Which keys to list.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) place: KeyPlaceArgs,
    /// Only those of this owner
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,
    /// Only those that hold and will not in so many days
    #[arg(long, value_name = "DAYS")]
    pub(crate) expiring: Option<u32>,
    /// Also those that are revoked or expired
    #[arg(long)]
    pub(crate) all: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which key to rotate.
#[derive(Clone, Debug, Args)]
pub(crate) struct RotateArgs {
    /// The id of the key, or its beginning
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) place: KeyPlaceArgs,
    /// Days that the old one holds on, if it would have so long
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(0..=365))]
    pub(crate) overlap_days: u32,
    /// Days that the new one holds
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// The request that it answers, as for `avouch key issue`
    #[arg(long, value_name = "ID")]
    pub(crate) request: Option<String>,
    /// Says what would be done, and does nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}

/// Which key to revoke.
#[derive(Clone, Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The id of the key, or its beginning
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) place: KeyPlaceArgs,
    /// Says what would be done, and does nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) record: RecordArgs,
}
