//! What a person may type after `avouch audit`.

use crate::commands::ledger::args::PlaceArgs;
use crate::commands::prove::args::StatusArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do for an audit.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Writes down what was agreed with the auditor: period, sampling, and the digest of a nonce
    Open(Box<OpenArgs>),
    /// Makes the package of an engagement: populations with proofs, samples, and the verifiers
    Package(Box<PackageArgs>),
    /// Judges a package with nothing but the public key of the ledger
    Verify(VerifyArgs),
    /// Makes the auditor's nonce, or draws the samples of a package again
    Sample(SampleArgs),
    /// Says what would fail if the audit ended today, what runs out soon, and who owes what
    Status(StatusArgs),
}

/// What was agreed.
#[derive(Clone, Debug, Args)]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// A short name of the engagement, such as `2026-q4`
    #[arg(long, value_name = "ID")]
    pub(crate) id: String,
    /// What is audited, as its users call it
    #[arg(long, value_name = "NAME")]
    pub(crate) system: String,
    /// The firm that audits
    #[arg(long, value_name = "NAME")]
    pub(crate) auditor: String,
    /// The first day of the period, such as `2026-07-01`
    #[arg(long, value_name = "DAY")]
    pub(crate) from: String,
    /// The last day of the period, or the moment that it ends at, such as `2026-11-25T18:30:00Z`
    #[arg(long, value_name = "DAY")]
    pub(crate) to: String,
    /// A category that is audited. Repeatable
    #[arg(long, value_name = "CATEGORY", default_value = "security")]
    pub(crate) category: Vec<String>,
    /// How many items are drawn: `assurancelab`, `wide`, or a file with a table
    #[arg(long, value_name = "NAME|FILE", default_value = "assurancelab")]
    pub(crate) table: String,
    /// The digest that the auditor gave: `avouch audit sample --new` prints one with its nonce
    #[arg(long, value_name = "DIGEST")]
    pub(crate) nonce_commitment: String,
    /// SHA-256 of the auditor's list of marked requests, if there will be any
    #[arg(long, value_name = "DIGEST")]
    pub(crate) canaries_commitment: Option<String>,
    /// The retention class of the entry
    #[arg(long, value_name = "CLASS", default_value = "default")]
    pub(crate) class: String,
    /// Where to write what was agreed
    #[arg(long, value_name = "FILE", default_value = "engagement.json")]
    pub(crate) out: PathBuf,
}

/// What to put into a package.
#[derive(Clone, Debug, Args)]
pub(crate) struct PackageArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// What was agreed, as `avouch audit open` wrote it
    #[arg(long, value_name = "FILE", default_value = "engagement.json")]
    pub(crate) engagement: PathBuf,
    /// The auditor's nonce: 32 hexadecimal digits. Without it no samples are drawn
    #[arg(long, value_name = "NONCE")]
    pub(crate) nonce: Option<String>,
    /// The auditor's list of marked requests, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) canaries: Option<PathBuf>,
    /// What to withhold: `[{"index":17,"fields":["owner"],"by":"anna","reason":"…"}, …]`
    #[arg(long, value_name = "FILE")]
    pub(crate) redact: Option<PathBuf>,
    /// Configuration file, whose `[prove]` says owners, frequencies, limits and what is left out [default: avouch.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The retention class of the entry that says that the package was made
    #[arg(long, value_name = "CLASS", default_value = "default")]
    pub(crate) class: String,
    /// The folder to make, which must not be there [default: `evidence-ID`]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Says what was made as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to judge.
#[derive(Clone, Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The folder of the package
    pub(crate) package: PathBuf,
    /// The public key of the ledger's identity, or a file with it. Get it from elsewhere than the package
    #[arg(long, value_name = "KEY|FILE")]
    pub(crate) key: Option<String>,
    /// Which witnesses must have cosigned: a policy after C2SP `tlog-policy`
    #[arg(long, value_name = "FILE")]
    pub(crate) witness_policy: Option<PathBuf>,
    /// The list of marked requests as the auditor keeps it
    #[arg(long, value_name = "FILE")]
    pub(crate) canaries: Option<PathBuf>,
    /// Keys of withheld records: `{"origin":…,"records":{"17":"…"}}`
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to draw.
#[derive(Clone, Debug, Args)]
pub(crate) struct SampleArgs {
    /// The folder of a package
    #[arg(required_unless_present = "new")]
    pub(crate) package: Option<PathBuf>,
    /// Makes a new nonce for the auditor to keep, and its digest to give away
    #[arg(long, conflicts_with_all = ["package", "nonce", "population", "size"])]
    pub(crate) new: bool,
    /// The auditor's nonce: 32 hexadecimal digits
    #[arg(long, value_name = "NONCE", required_unless_present = "new")]
    pub(crate) nonce: Option<String>,
    /// Only this population. Repeatable
    #[arg(long, value_name = "TYPE")]
    pub(crate) population: Vec<String>,
    /// So many items of each, in place of the table's number
    #[arg(long, value_name = "N")]
    pub(crate) size: Option<u64>,
}
