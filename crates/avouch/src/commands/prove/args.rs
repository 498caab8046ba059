//! What a person may type after `avouch control`, and what all registers share.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Where the ledger and the settings are.
#[derive(Clone, Debug, Args)]
pub(crate) struct SourceArgs {
    /// The ledger's folder [default: `folder` of `[ledger]` in the configuration]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) ledger: Option<PathBuf>,
    /// Configuration file [default: avouch.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Which period.
#[derive(Clone, Debug, Args)]
pub(crate) struct PeriodArgs {
    /// The first day [default: `from` of `[prove]`, else 90 days ago, or when the ledger began]
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    /// The last day; what has not passed yet is left out [default: `to` of `[prove]`, else today]
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<String>,
}

/// Who acts, and when.
#[derive(Clone, Debug, Args)]
pub(crate) struct ActArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Who does it [default: the variable USER]
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// The day it took effect [default: not said; the ledger says when it was received]
    #[arg(long, value_name = "DAY")]
    pub(crate) effective: Option<String>,
    /// The day it was written down at its source
    #[arg(long, value_name = "DAY")]
    pub(crate) collected: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    /// Says what would be recorded, and records nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A file to import.
#[derive(Clone, Debug, Args)]
pub(crate) struct ImportArgs {
    /// The file, or the folder with the files
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What to list.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// As JSON, with all that is known
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to show.
#[derive(Clone, Debug, Args)]
pub(crate) struct ShowArgs {
    /// Its id, as `list` names it
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Something that has an id.
#[derive(Clone, Debug, Args)]
pub(crate) struct IdArgs {
    /// Its id
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What to do with controls.
#[derive(Debug, Subcommand)]
pub(crate) enum ControlCommand {
    /// Lists the controls: what they are, how often they operate, what tests them
    List(ControlListArgs),
    /// Shows a control's page, and what the ledger says about it
    Show(ControlShowArgs),
    /// Judges controls by the ledger and records what came of it
    Run(ControlRunArgs),
    /// Judges all controls and says what follows for the criteria; records nothing
    Status(StatusArgs),
    /// Says what would fail if the audit ended today, what runs out soon, and who owes what
    Due(StatusArgs),
    /// Records a person's statement, or a document, about a control or a criterion
    Attest(AttestArgs),
    /// Records what a test of the team's own showed
    Record(ProbeArgs),
}

/// How to list controls.
#[derive(Clone, Debug, Args)]
pub(crate) struct ControlListArgs {
    /// As JSON
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// As the reference page of the documentation
    #[arg(long)]
    pub(crate) markdown: bool,
}

/// Which control to show.
#[derive(Clone, Debug, Args)]
pub(crate) struct ControlShowArgs {
    /// Its id, such as `IAM-4`
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) period: PeriodArgs,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which controls to run.
#[derive(Clone, Debug, Args)]
pub(crate) struct ControlRunArgs {
    /// Their ids; all in scope when none is named
    pub(crate) ids: Vec<String>,
    /// Only those whose last recorded run is older than they operate often
    #[arg(long, conflicts_with = "ids")]
    pub(crate) due: bool,
    #[command(flatten)]
    pub(crate) period: PeriodArgs,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Says what would be recorded, and records nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to say about the controls.
#[derive(Clone, Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) period: PeriodArgs,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// Every exception, every gap, every criterion
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What somebody says or hands in.
#[derive(Clone, Debug, Args)]
pub(crate) struct AttestArgs {
    /// The ids of controls or criteria it is about, such as `GOV-7` or `CC1.2`
    #[arg(required = true)]
    pub(crate) about: Vec<String>,
    /// What is said, in a sentence; or the title of the document
    #[arg(long, value_name = "TEXT")]
    pub(crate) says: String,
    /// A document, whose digest is recorded; the document itself stays where it is
    #[arg(long, value_name = "FILE")]
    pub(crate) document: Option<PathBuf>,
    /// The first day it speaks of [default: that of the last day]
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    /// The last day it speaks of [default: today]
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<String>,
    /// Takes back what was handed in under this id
    #[arg(long, value_name = "ID", conflicts_with = "document")]
    pub(crate) withdraw: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What a test showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shown {
    /// It holds
    Pass,
    /// It does not hold
    Fail,
    /// It could not be tested
    NotTested,
}

/// What a test of the team's own showed.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProbeArgs {
    /// The test, such as `EDG-1.direct-origin`; `avouch control list --json` names them
    pub(crate) test: String,
    /// What it showed
    #[arg(long, value_enum)]
    pub(crate) result: Shown,
    /// Subjects where it holds
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) passed: u64,
    /// Subjects where it does not
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) failed: u64,
    /// Subjects where it could not be tested
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) not_tested: u64,
    /// What was tested
    #[arg(long, value_name = "TEXT")]
    pub(crate) target: Option<String>,
    /// Where it does not hold. Repeatable
    #[arg(long, value_name = "TEXT")]
    pub(crate) exception: Vec<String>,
    /// What the test wrote, whose digest is recorded. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Vec<PathBuf>,
    /// The version of the test
    #[arg(long, value_name = "TEXT")]
    pub(crate) version: Option<String>,
    /// Why it failed or could not be tested
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
