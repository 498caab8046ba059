//! `avouch key …`: one file a command.

mod args;
mod issue;
mod list;
mod place;
mod revoke;
mod rotate;
mod settings;

pub(crate) use args::KeyCommand;
pub(super) use place::now_ms;

use super::{Failed, answer, tell};
use crate::exit::Exit;

pub(super) fn run(command: &KeyCommand) -> Result<Exit, Failed> {
    match command {
        KeyCommand::Issue(args) => issue::run(args),
        KeyCommand::List(args) => list::run(args),
        KeyCommand::Rotate(args) => rotate::run(args),
        KeyCommand::Revoke(args) => revoke::run(args),
    }
}
