//! What a person may type after `avouch policy`, `risk`, `training`, `vendor`, `review`, `exception` and
//! `test`.

use super::args::{ActArgs, IdArgs, ImportArgs, ListArgs, ShowArgs};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Writes twelve policies to begin with, for the team to adapt
    Init(PolicyInitArgs),
    /// Records new texts and versions of a folder of policies
    Import(ImportArgs),
    /// Records that somebody else than the author approves the newest version
    Approve(IdArgs),
    /// Puts the newest version into force
    Publish(PublishArgs),
    /// Records that people have read the version in force and will keep it
    Acknowledge(AcknowledgeArgs),
    /// Records that the version in force was looked at and stays
    Review(PublishArgs),
    /// Gives a policy up
    Retire(IdArgs),
    /// Lists the policies as they stand
    List(ListArgs),
    /// Shows each act on a policy
    Show(ShowArgs),
}

/// Where to write the policies.
#[derive(Clone, Debug, Args)]
pub(crate) struct PolicyInitArgs {
    /// The folder; files that are there are left alone
    #[arg(default_value = "policies")]
    pub(crate) folder: PathBuf,
    /// Who answers for them
    #[arg(long, value_name = "NAME", default_value = "(name)")]
    pub(crate) owner: String,
}

/// What to put into force.
#[derive(Clone, Debug, Args)]
pub(crate) struct PublishArgs {
    /// The policy's id
    pub(crate) id: String,
    /// The day it is to be looked at again [default: a year after it took effect]
    #[arg(long, value_name = "DAY")]
    pub(crate) review_due: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// Who has read what.
#[derive(Clone, Debug, Args)]
pub(crate) struct AcknowledgeArgs {
    /// The policy's id; all policies in force when none is named
    pub(crate) id: Option<String>,
    /// A list with the columns `person`, `policy`, and perhaps `version` and `date`
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What to do with risks.
#[derive(Debug, Subcommand)]
pub(crate) enum RiskCommand {
    /// Records what changed in a register of risks
    Import(ImportArgs),
    /// Records that somebody bears a risk knowingly
    Accept(IdArgs),
    /// Shows what the ledger suggests that the register does not have
    Candidates(ListArgs),
    /// Lists the risks as they stand
    List(ListArgs),
    /// Shows each act on a risk
    Show(ShowArgs),
}

/// What to do with trainings.
#[derive(Debug, Subcommand)]
pub(crate) enum TrainingCommand {
    /// Records who joined, changed and left, from a whole list of people
    People(ImportArgs),
    /// Records courses that were assigned, done or failed, from a list
    Import(ImportArgs),
    /// Lists people with their courses
    List(ListArgs),
    /// Shows all that is recorded of a person
    Show(ShowArgs),
}

/// What to do with vendors.
#[derive(Debug, Subcommand)]
pub(crate) enum VendorCommand {
    /// Records what changed in a register of vendors
    Import(ImportArgs),
    /// Records that a vendor was looked at
    Review(VendorReviewArgs),
    /// Lists the vendors as they stand
    List(ListArgs),
    /// Shows each act on a vendor
    Show(ShowArgs),
}

/// How a vendor was looked at.
#[derive(Clone, Debug, Args)]
pub(crate) struct VendorReviewArgs {
    /// The vendor's id
    pub(crate) id: String,
    /// The report that was read. Repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) document: Vec<PathBuf>,
    /// What the report covers
    #[arg(long, value_name = "DAY..DAY")]
    pub(crate) covers: Option<String>,
    /// The day it is to be looked at again [default: a year later]
    #[arg(long, value_name = "DAY")]
    pub(crate) review_due: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What to do about access.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// Begins an access review: records which credentials are in use before it
    Open(IdArgs),
    /// Records a decision of a review about a credential
    Decide(DecideArgs),
    /// Ends a review: records which credentials are in use after it
    Close(IdArgs),
    /// Records that somebody may have a credential, before it is issued
    Approve(ApproveArgs),
    /// Records that a configuration may come into force, or was looked at afterwards
    Change(ChangeArgs),
    /// Lists credentials in use and what the last review said of them
    List(ListArgs),
    /// Shows the decisions of a review, or about a request
    Show(ShowArgs),
}

/// Keep or revoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keep {
    /// It stays
    Keep,
    /// It is taken away
    Revoke,
}

/// A decision of a review.
#[derive(Clone, Debug, Args)]
pub(crate) struct DecideArgs {
    /// The review's id
    pub(crate) review: String,
    /// The credential's id
    pub(crate) key: String,
    /// What was decided
    #[arg(value_enum)]
    pub(crate) verdict: Keep,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// An approval.
#[derive(Clone, Debug, Args)]
pub(crate) struct ApproveArgs {
    /// Who may have a credential
    pub(crate) owner: String,
    /// Who asks for it
    #[arg(long, value_name = "NAME")]
    pub(crate) requested_by: String,
    /// The id of the request, such as a ticket's
    #[arg(long, value_name = "ID")]
    pub(crate) request: Option<String>,
    /// Records a refusal
    #[arg(long)]
    pub(crate) refuse: bool,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// An approval of a change.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChangeArgs {
    /// SHA-256 of the configuration, or the file itself
    pub(crate) digest: String,
    /// Who asks for it
    #[arg(long, value_name = "NAME")]
    pub(crate) requested_by: String,
    /// The ticket
    #[arg(long, value_name = "ID")]
    pub(crate) ticket: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What to do with exceptions.
#[derive(Debug, Subcommand)]
pub(crate) enum ExceptionCommand {
    /// Records that a rule may be left for a while
    Grant(GrantArgs),
    /// Takes one back before its end
    Revoke(IdArgs),
    /// Lists the exceptions as they stand
    List(ListArgs),
    /// Shows each act on an exception
    Show(ShowArgs),
}

/// Which rule, until when.
#[derive(Clone, Debug, Args)]
pub(crate) struct GrantArgs {
    /// The exception's id
    pub(crate) id: String,
    /// The control it is about, by id. Repeatable
    #[arg(long, value_name = "ID", required = true)]
    pub(crate) control: Vec<String>,
    /// The last day it holds
    #[arg(long, value_name = "DAY")]
    pub(crate) until: String,
    /// Who asks for it
    #[arg(long, value_name = "NAME")]
    pub(crate) requested_by: String,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// What to do with tests by others.
#[derive(Debug, Subcommand)]
pub(crate) enum TestCommand {
    /// Records the report of a penetration test: its digest, by whom, about when
    Report(ReportArgs),
    /// Records a finding of it, to be followed to its end
    Finding(FindingArgs),
    /// Records that a finding of it was tested again and holds
    Close(IdArgs),
    /// Lists reports and their findings
    List(ListArgs),
    /// Shows each act on a report or a finding
    Show(ShowArgs),
}

/// A report.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// The report
    pub(crate) document: PathBuf,
    /// Who tested
    #[arg(long, value_name = "NAME")]
    pub(crate) tester: String,
    /// The first day of the test
    #[arg(long, value_name = "DAY")]
    pub(crate) from: String,
    /// The last day of the test
    #[arg(long, value_name = "DAY")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Severe {
    /// Anyone can take what is not theirs
    Critical,
    /// Open to somebody who must not have it
    High,
    /// Helps an attacker, or breaks a rule
    Medium,
    /// Weakens a defence that something else holds
    Low,
    /// Worth knowing
    Info,
}

/// A finding of a test.
#[derive(Clone, Debug, Args)]
pub(crate) struct FindingArgs {
    /// Its id in the report
    pub(crate) id: String,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: String,
    /// How bad
    #[arg(long, value_enum)]
    pub(crate) severity: Severe,
    /// What was tested
    #[arg(long, value_name = "TEXT")]
    pub(crate) target: String,
    /// The weakness's number (CWE)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) cwe: u64,
    /// How to mend it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) remediation: String,
    /// Somebody answers for leaving it until this day, under the name of `--actor`
    #[arg(long, value_name = "DAY", requires = "because")]
    pub(crate) accept_until: Option<String>,
    #[command(flatten)]
    pub(crate) act: ActArgs,
}
