//! One file a command.

mod aside;
mod audit;
mod block;
mod checks;
mod checks_page;
mod compare;
mod completions;
mod demo;
mod doctor;
mod explain;
mod gateway;
mod init;
mod key;
mod ledger;
mod prove;
mod replay;
mod scan;
mod scan_ledger;

pub(crate) use audit::AuditCommand;
pub(crate) use block::BlockCommand;
pub(crate) use doctor::DoctorArgs;
pub(crate) use gateway::GatewayArgs;
pub(crate) use init::InitArgs;
pub(crate) use key::KeyCommand;
pub(crate) use ledger::LedgerCommand;

pub(crate) use prove::args::ControlCommand;
pub(crate) use prove::fact::RecordArgs;
pub(crate) use prove::register_args::{
    ExceptionCommand, PolicyCommand, ReviewCommand, RiskCommand, TestCommand, TrainingCommand,
    VendorCommand,
};

use crate::cli::Command;
use crate::exit::Exit;
use std::io::Write;

/// Runs a command and says on standard error what went wrong.
pub(crate) fn run(command: Command) -> Exit {
    let done = match command {
        Command::Scan(args) => scan::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Explain { check } => explain::run(&check),
        Command::Checks { json, markdown } => checks::run(json, markdown),
        Command::Replay(args) => replay::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Gateway(args) => gateway::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Audit(command) => audit::run(&command),
        Command::Key(command) => key::run(&command),
        Command::Block(command) => block::run(&command),
        Command::Ledger(command) => ledger::run(&command),
        Command::Control(command) => prove::control(&command),
        Command::Policy(command) => prove::policy(&command),
        Command::Risk(command) => prove::risk(&command),
        Command::Training(command) => prove::training(&command),
        Command::Vendor(command) => prove::vendor(&command),
        Command::Review(command) => prove::review(&command),
        Command::Exception(command) => prove::exception(&command),
        Command::Test(command) => prove::test(&command),
        Command::Record(args) => prove::fact::run(&args),
        Command::Completions { shell } => completions::run(shell),
    };
    done.unwrap_or_else(|failure| {
        tell(&format!("avouch: {:#}", failure.error));
        if let Some(advice) = failure.advice {
            tell(&format!("        {advice}"));
        }
        failure.exit
    })
}

/// Why a command came to nothing.
#[derive(Debug)]
pub(crate) struct Failed {
    exit: Exit,
    error: anyhow::Error,
    advice: Option<String>,
}

impl Failed {
    /// A mistake of the user's, or of the world's, before anything was learnt.
    fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into(), advice: None }
    }

    /// A mistake of ours.
    fn broken(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Broken, error: error.into(), advice: None }
    }

    /// Something was asked, and nothing may be concluded.
    fn untested(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Untested, error: error.into(), advice: None }
    }

    fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// Says something beside the answer.
fn tell(text: &str) {
    if aside::told(text) {
        return;
    }
    // Nobody to tell is no reason to fail.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints an answer. A reader that has gone away (`| head`) is no error.
fn answer(text: &str) -> Result<(), Failed> {
    if aside::answered(text) {
        return Ok(());
    }
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failed::broken(error)),
        _ => Ok(()),
    }
}

/// How answers look on this terminal.
fn options(verbose: bool) -> avouch_report::format::Options {
    let width = console::Term::stdout().size_checked().map_or(80, |(_, columns)| columns.into());
    let colour = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    avouch_report::format::Options { verbose, colour, width }
}
