//! `avouch completions SHELL`

use super::{Failed, answer};
use crate::cli::Cli;
use crate::exit::Exit;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints a completion script.
pub(super) fn run(shell: Shell) -> Result<Exit, Failed> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "avouch", &mut script);
    answer(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
