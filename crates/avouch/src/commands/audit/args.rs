//! What a person may type after `avouch audit`.

use super::request_args::RequestCommand;
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
    /// What the auditor asks for, what answers it, and what both say about it
    #[command(subcommand)]
    Request(RequestCommand),
    /// Makes a key with which the auditor signs, in a file that must not be there
    Key(AuditorKeyArgs),
    /// Makes the list of requests that the auditor marks, to learn how many are lost
    Canary(CanaryArgs),
    /// Asks chosen checks again, for the auditor: writes a transcript that the auditor's key signs
    Reperform(Box<ReperformArgs>),
    /// Makes a PDF of the report of a package, with a Chromium that is at hand
    Report(ReportArgs),
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
    /// The public key with which the auditor signs requests and transcripts: `avouch audit key` makes one
    #[arg(long, value_name = "HEX")]
    pub(crate) auditor_key: Option<String>,
    /// The retention class of the entry
    #[arg(long, value_name = "CLASS", default_value = "default")]
    pub(crate) class: String,
    /// Where to write what was agreed
    #[arg(long, value_name = "FILE", default_value = "engagement.json")]
    pub(crate) out: PathBuf,
}

/// What to ask again.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReperformArgs {
    /// What was agreed, as `avouch audit open` wrote it
    #[arg(long, value_name = "FILE", default_value = "engagement.json")]
    pub(crate) engagement: PathBuf,
    /// The private key of the auditor, which signs the transcript
    #[arg(long, value_name = "FILE")]
    pub(crate) auditor_key: PathBuf,
    /// Asks the checks of this control. Repeatable; `--only` names checks
    #[arg(long, value_name = "ID")]
    pub(crate) control: Vec<String>,
    /// The request of the engagement that this is about
    #[arg(long, value_name = "ID")]
    pub(crate) request: Option<String>,
    /// Where to write the transcript; beside it goes `FILE.act`, for `avouch audit request import`
    #[arg(long, value_name = "FILE", default_value = "transcript.dsse.json")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) scan: crate::cli::ScanArgs,
}

/// What to make of a report.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// The folder of the package
    pub(crate) package: PathBuf,
    /// Where to write the PDF, which must not be there
    #[arg(long, value_name = "FILE", default_value = "report.pdf")]
    pub(crate) pdf: PathBuf,
    /// The browser that prints it [default: the first that is found of chromium, google-chrome and their like]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) chromium: Option<PathBuf>,
    /// Lets the browser run without its sandbox, which it needs for the user root
    #[arg(long)]
    pub(crate) no_sandbox: bool,
}

/// How many requests are marked.
#[derive(Clone, Debug, Args)]
pub(crate) struct CanaryArgs {
    /// How many
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) count: u32,
    /// Where to write the list, which must not be there
    #[arg(long, value_name = "FILE", default_value = "canaries.txt")]
    pub(crate) out: PathBuf,
}

/// A key for the auditor.
#[derive(Clone, Debug, Args)]
pub(crate) struct AuditorKeyArgs {
    /// Where to write the private key
    pub(crate) file: PathBuf,
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
    /// The folder of the package, or the file of a transcript
    pub(crate) package: PathBuf,
    /// What was agreed, as the auditor keeps it: it names the key of a transcript
    #[arg(long, value_name = "FILE")]
    pub(crate) engagement: Option<PathBuf>,
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
