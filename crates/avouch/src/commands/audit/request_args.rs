//! What a person may type after `avouch audit request`.

use crate::commands::ledger::args::PlaceArgs;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with requests.
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Asks for something: a population, or what is there about controls
    Add(Box<AddArgs>),
    /// Answers with rows of a population as a package has them, or with a piece of evidence
    Answer(Box<AnswerArgs>),
    /// Says something about a request, or about the engagement
    Comment(Box<CommentArgs>),
    /// Says that the auditor has what was asked for
    Close(Box<JudgeArgs>),
    /// Says that what was given is not enough
    Reopen(Box<JudgeArgs>),
    /// Records acts that were signed elsewhere, with `--out`
    Import(Box<ImportArgs>),
    /// Lists requests, how each stands, and what was said
    List(ListArgs),
}

/// An act: of which engagement, by whom, and where it goes.
#[derive(Clone, Debug, Args)]
pub(crate) struct ActArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// What was agreed, as `avouch audit open` wrote it
    #[arg(long, value_name = "FILE", default_value = "engagement.json")]
    pub(crate) engagement: PathBuf,
    /// Who says it
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// The private key of the auditor, which signs it
    #[arg(long, value_name = "FILE")]
    pub(crate) auditor_key: Option<PathBuf>,
    /// Writes the act into a file for `avouch audit request import`, in place of the ledger
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The retention class of the entry
    #[arg(long, value_name = "CLASS", default_value = "default")]
    pub(crate) class: String,
    /// Says what would be recorded, and records nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// What is asked for.
#[derive(Clone, Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    pub(crate) act: ActArgs,
    /// A short name of the request, such as `R-1`
    #[arg(long, value_name = "ID", required_unless_present = "standard", requires = "says")]
    pub(crate) id: Option<String>,
    /// What is asked for
    #[arg(long, value_name = "TEXT")]
    pub(crate) says: Option<String>,
    /// The population that is asked for
    #[arg(long, value_name = "TYPE")]
    pub(crate) population: Option<String>,
    /// Rows of it whose field says this: `field=value`. Repeatable; all must hold
    #[arg(long, value_name = "FIELD=VALUE", requires = "population")]
    pub(crate) filter: Vec<String>,
    /// A control that it is about. Repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) control: Vec<String>,
    /// The last day for an answer, such as `2026-12-18`
    #[arg(long, value_name = "DAY")]
    pub(crate) due: Option<String>,
    /// Asks for the fifteen things that auditors begin with, but for those that were asked for already
    #[arg(long, conflicts_with_all = ["id", "says", "population", "filter", "control"])]
    pub(crate) standard: bool,
}

/// What answers.
#[derive(Clone, Debug, Args)]
pub(crate) struct AnswerArgs {
    #[command(flatten)]
    pub(crate) act: ActArgs,
    /// The request
    #[arg(long, value_name = "ID")]
    pub(crate) id: String,
    /// The package whose rows answer it
    #[arg(long, value_name = "FOLDER", required_unless_present_any = ["evidence", "document"], conflicts_with_all = ["evidence", "document"])]
    pub(crate) package: Option<PathBuf>,
    /// The population [default: the one that was asked for]
    #[arg(long, value_name = "TYPE", requires = "package")]
    pub(crate) population: Option<String>,
    /// Rows of it whose field says this: `field=value`. Repeatable [default: as it was asked for]
    #[arg(long, value_name = "FIELD=VALUE", requires = "package")]
    pub(crate) filter: Vec<String>,
    /// A piece of evidence of the period, as `avouch control attest` named it
    #[arg(long, value_name = "ID", conflicts_with = "document")]
    pub(crate) evidence: Option<String>,
    /// A document that is handed in now; its digest is recorded, and it stays where it is
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub(crate) document: Option<PathBuf>,
    /// What is said with it
    #[arg(long, value_name = "TEXT")]
    pub(crate) says: Option<String>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SideArg {
    /// Whoever audits
    Auditor,
    /// Whoever is audited
    Management,
}

/// What is said.
#[derive(Clone, Debug, Args)]
pub(crate) struct CommentArgs {
    #[command(flatten)]
    pub(crate) act: ActArgs,
    /// The request that it is about, if it is about one
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Who speaks
    #[arg(long, value_name = "SIDE")]
    pub(crate) side: SideArg,
    /// What is said
    #[arg(long, value_name = "TEXT")]
    pub(crate) says: String,
}

/// What the auditor says about an answer.
#[derive(Clone, Debug, Args)]
pub(crate) struct JudgeArgs {
    #[command(flatten)]
    pub(crate) act: ActArgs,
    /// The request
    #[arg(long, value_name = "ID")]
    pub(crate) id: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) says: Option<String>,
}

/// Acts that were signed elsewhere.
#[derive(Clone, Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) act: ActArgs,
    /// Files that `--out` wrote
    #[arg(long = "file", value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

/// What to list.
#[derive(Clone, Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// What was agreed, as `avouch audit open` wrote it
    #[arg(long, value_name = "FILE", default_value = "engagement.json")]
    pub(crate) engagement: PathBuf,
    /// As JSON, one request a line
    #[arg(long)]
    pub(crate) json: bool,
}
