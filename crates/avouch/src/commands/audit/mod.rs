//! `avouch audit …`: one file a command.

mod act;
mod args;
mod auditor_key;
mod canary;
mod open;
mod package;
mod record;
mod reperform;
mod report;
mod request;
mod request_args;
mod request_list;
mod sample;
mod transcript;
mod verify;

pub(crate) use args::AuditCommand;

use super::{Failed, answer, prove, tell};
use crate::exit::Exit;

pub(super) fn run(command: &AuditCommand) -> Result<Exit, Failed> {
    match command {
        AuditCommand::Open(args) => open::run(args),
        AuditCommand::Package(args) => package::run(args),
        AuditCommand::Verify(args) => verify::run(args),
        AuditCommand::Sample(args) => sample::run(args),
        AuditCommand::Request(command) => request::run(command),
        AuditCommand::Key(args) => auditor_key::run(args),
        AuditCommand::Reperform(args) => reperform::run(args),
        AuditCommand::Report(args) => report::run(args),
        AuditCommand::Canary(args) => canary::run(args),
        AuditCommand::Status(args) => prove::due(args),
    }
}
