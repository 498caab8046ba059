//! What a person may type after `avouch ledger`.

use super::beyond_args::{ArchiveCommand, RegistryCommand, WitnessCommand};
use super::erase::EraseArgs;
use super::purge::PurgeArgs;
use super::recover::RecoverArgs;
use super::redact::RedactArgs;
use crate::copying::CopyArgs;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with a ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Begins a ledger: its keys, its rules, its first entries
    Init(InitArgs),
    /// Appends each line of standard input, which must be JSON, as a record
    Append(AppendArgs),
    /// Says whether anything was altered, removed, inserted, reordered or cut off
    Verify(VerifyArgs),
    /// Prints the newest signed checkpoint, for an auditor to keep
    Checkpoint(PlaceArgs),
    /// Prints entries, opened with the keys at hand
    Show(ShowArgs),
    /// Says how much there is, of what, and since when
    Stats(StatsArgs),
    /// Proves offline that an entry is in the ledger, or checks such a proof
    Prove(ProveArgs),
    /// Prints the entries that a filter lets through, as lines of JSON
    Query(QueryArgs),
    /// Prints entries for other programs
    Export(ExportArgs),
    /// Lists the kinds of facts and what they say
    Kinds(KindsArgs),
    /// Keeps days from being purged, approved by administrators
    Hold(HoldArgs),
    /// Ends a hold, approved by administrators
    Release(ReleaseArgs),
    /// Destroys the keys of days whose retention is over, approved by administrators; lists them
    /// when nobody approves
    Purge(PurgeArgs),
    /// Takes one record out before its time, approved by administrators; shows it when nobody approves
    Redact(RedactArgs),
    /// Destroys the key of a person whose data was appended as personal, approved by administrators;
    /// shows where the person is known when nobody approves
    Erase(EraseArgs),
    /// Lets a new key sign from here on and destroys the old one
    Rotate(PlaceArgs),
    /// Lets a new key sign where the signing key is lost, as after a restore: the log's identity signs
    /// for it and administrators approve
    Recover(RecoverArgs),
    /// Keeps a log of logs, so that none of them can be dropped or cut off unnoticed
    #[command(subcommand)]
    Registry(RegistryCommand),
    /// Keeps a copy elsewhere, from which a ledger can begin again
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Cosigns logs of others, so that nobody can cut off or rewrite their past unnoticed
    #[command(subcommand)]
    Witness(WitnessCommand),
}

/// Where the ledger is.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlaceArgs {
    /// The ledger's folder
    #[arg(default_value = "ledger")]
    pub(crate) ledger: PathBuf,
    /// The folder of the newest checkpoint, better on another disk, or `s3://bucket/prefix` [default: `head` in the ledger's folder]
    #[arg(long, value_name = "FOLDER|ADDRESS")]
    pub(crate) head: Option<PathBuf>,
}

/// How to begin a ledger.
#[derive(Clone, Debug, Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The name of the log, such as `example.com/audit`
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: String,
    /// A retention class and the days its records are kept. Repeatable [default: default=400]
    #[arg(long, value_name = "CLASS=DAYS")]
    pub(crate) class: Vec<String>,
    /// An administrator who may approve, and the public key. Repeatable; one is made when none is given
    #[arg(long, value_name = "NAME=KEY")]
    pub(crate) admin: Vec<String>,
    /// How many administrators must approve
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) approvals: u32,
    /// The longest silence, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) heartbeat: u64,
    /// Entries of a pack, as an archive keeps them: a multiple of 256, at most 65536
    #[arg(long, value_name = "N", default_value_t = 65_536)]
    pub(crate) pack_entries: u64,
    /// Begins without a witness on this machine; others can be named in its file `witnesses`
    #[arg(long)]
    pub(crate) no_witness: bool,
}

/// How to append.
#[derive(Clone, Debug, Args)]
pub(crate) struct AppendArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The retention class
    #[arg(long, value_name = "CLASS", default_value = "default")]
    pub(crate) class: String,
    /// The lines are facts of this kind, as `avouch ledger kinds` lists them: what is none is refused
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// A member that is personal, named like a field: it is sealed with a key of its subject, which
    /// `avouch ledger erase` destroys. Repeatable; the first of them that a line has is the subject
    #[arg(long, value_name = "FIELD", conflicts_with = "kind")]
    pub(crate) personal: Vec<String>,
    /// Also seals what belongs to persons in facts, each value with a key of its person, which `avouch
    /// ledger erase` destroys
    #[arg(long, requires = "kind")]
    pub(crate) seal_persons: bool,
    /// Loses records rather than wait when the writer does not keep up: the log says how many
    #[arg(long)]
    pub(crate) lose_rather_than_wait: bool,
    #[command(flatten)]
    pub(crate) copies: CopyArgs,
    /// Prints a line of JSON for each record once it is safe on the disk
    #[arg(long)]
    pub(crate) json: bool,
}

/// How to judge.
#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The ledger's folder, or a copy of its folder `log` alone
    #[arg(default_value = "ledger")]
    pub(crate) ledger: PathBuf,
    /// The public key of the log's identity, or a file with it [default: `identity.vkey` in the ledger's folder]
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) key: Option<String>,
    /// A checkpoint kept from before. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) earlier: Vec<PathBuf>,
    /// The newest checkpoint that witnesses or a mirror show
    #[arg(long, value_name = "FILE")]
    pub(crate) latest: Option<PathBuf>,
    /// Which witnesses are trusted, and how many are enough: a policy after C2SP `tlog-policy`
    #[arg(long, value_name = "FILE")]
    pub(crate) witness_policy: Option<PathBuf>,
    /// Asks the witnesses of the policy for the newest checkpoint that they cosigned: a log that was set back, or has another history, is found out
    #[arg(long)]
    pub(crate) ask_witnesses: bool,
    /// What an auditor was given, as `docs/ledger-format.md` describes: opens the records whose keys are in it, and compares receipts, values that must be found, counts, and confirmed destructions of keys
    #[arg(long, value_name = "FILE", conflicts_with = "open")]
    pub(crate) keys: Option<PathBuf>,
    /// Also opens every record and makes the index again, with the keys of the ledger's folder
    #[arg(long)]
    pub(crate) open: bool,
    /// Judges a copy that is not written to any more: a log that fell silent is no finding
    #[arg(long)]
    pub(crate) at_rest: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to show.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The first entry to show
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    pub(crate) from: u64,
    /// Entries at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) count: u64,
    /// As lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How to count.
#[derive(Clone, Debug, Args)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to prove.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProveArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The entry
    #[arg(long, value_name = "INDEX", required_unless_present = "check")]
    pub(crate) entry: Option<u64>,
    /// Also gives away the key of this one record, so that who has the proof can read it
    #[arg(long)]
    pub(crate) disclose: bool,
    /// Checks a proof instead, of an entry or of a query, with nothing but the public key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["entry", "disclose"])]
    pub(crate) check: Option<PathBuf>,
    /// The public key of the log's identity, or a file with it
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) key: Option<String>,
}

/// What to look for.
#[derive(Clone, Debug, Args)]
pub(crate) struct QueryArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Conditions that must all hold: `kind=scan`, `principal=anna`, `operation~/orders`, `decision!=allow`, `.status=500` for a member of the body, `type=hold`, `since=2026-11-01`, `until=2026-11-30`
    #[arg(value_name = "CONDITION")]
    pub(crate) filter: Vec<String>,
    /// Also writes a file that proves to who has the public key that these are all entries with one value, such as `principal=anna`. It shows the keys of the index, with which other values can be tried
    #[arg(long, value_name = "FILE")]
    pub(crate) prove: Option<PathBuf>,
    /// Also gives away the keys of the records in that file, so that they can be read
    #[arg(long, requires = "prove")]
    pub(crate) disclose: bool,
    /// Only entries from this index on
    #[arg(long, value_name = "INDEX", default_value_t = 0)]
    pub(crate) from: u64,
    /// Only entries below this index
    #[arg(long, value_name = "INDEX")]
    pub(crate) below: Option<u64>,
    /// Reads all entries instead of asking the index
    #[arg(long)]
    pub(crate) scan: bool,
}

/// The form of what is exported.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Form {
    /// One JSON object a line
    Ndjson,
    /// A table, after RFC 4180; with a condition such as `kind=finding`, a column for each field
    Csv,
    /// The same table as an Apache Parquet file, its columns typed
    Parquet,
    /// Facts as events of the Open Cybersecurity Schema Framework 1.8.0, one a line
    Ocsf,
    /// What proves itself to who has the public key, as `docs/ledger-format.md` describes
    Proof,
}

/// What to export.
#[derive(Clone, Debug, Args)]
pub(crate) struct ExportArgs {
    /// The form
    #[arg(long, value_enum, default_value = "ndjson")]
    pub(crate) format: Form,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Conditions, as of `avouch ledger query`
    #[arg(value_name = "CONDITION")]
    pub(crate) filter: Vec<String>,
    /// Also gives away the keys of the records in a proof, so that they can be read
    #[arg(long)]
    pub(crate) disclose: bool,
    /// Also records in the ledger what was taken, and what for
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: Option<String>,
    /// For whom it was taken
    #[arg(long, value_name = "NAME", requires = "purpose")]
    pub(crate) recipient: Option<String>,
}

impl Form {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Ocsf => "ocsf",
            Self::Proof => "proof",
        }
    }
}

/// Which kinds of facts.
#[derive(Clone, Debug, Args)]
pub(crate) struct KindsArgs {
    /// Only this kind, with its fields
    #[arg(value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// As the reference page of the documentation
    #[arg(long, conflicts_with = "kind")]
    pub(crate) markdown: bool,
}

/// What to keep.
#[derive(Clone, Debug, Args)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The retention class, or `*` for all
    #[arg(long, value_name = "CLASS", default_value = "*")]
    pub(crate) class: String,
    /// The first day
    #[arg(long, value_name = "DAY")]
    pub(crate) from: String,
    /// The last day
    #[arg(long, value_name = "DAY")]
    pub(crate) to: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// The key file of an administrator who approves. Repeatable
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) approve: Vec<PathBuf>,
}

/// What to release.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The hold's id, as `avouch ledger hold` printed it
    #[arg(long, value_name = "ID")]
    pub(crate) hold: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// The key file of an administrator who approves. Repeatable
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) approve: Vec<PathBuf>,
}
