//! The program: commands, terminal output, exit codes.
//!
//! In scope: reading what a person typed, showing what the engines say, and telling the shell.
//! Out of scope: everything the engines do.

mod blocks;
mod cli;
mod clock;
mod commands;
mod config;
mod copying;
mod documents;
mod exit;
mod gate;
mod identities;
mod live;
mod recorder;
mod reports;
mod state;
mod suppress;

use clap::Parser;
use exit::Exit;

/// The gateway takes and gives back memory of all sizes for each request; what the system brings for that
/// costs a tenth of a request, and keeps what a busy hour needed.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let exit = match cli::Cli::try_parse() {
        Ok(cli) => commands::run(cli.command),
        Err(error) => {
            // Help and version are answers, everything else is a mistake.
            let _ = error.print();
            if error.use_stderr() { Exit::Usage } else { Exit::Clean }
        }
    };
    exit.into()
}
