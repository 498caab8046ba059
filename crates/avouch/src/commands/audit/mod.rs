//! `avouch audit …`: one file a command.

mod args;
mod open;
mod package;
mod record;
mod sample;
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
        AuditCommand::Status(args) => prove::due(args),
    }
}
