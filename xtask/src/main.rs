//! The project's own machinery: `cargo xtask COMMAND`.
//!
//! In scope: running the tests, holding the tree to its invariants, measuring the scanner against
//! the range. Out of scope: anything a user of Avouch needs.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer's command: its answer is what it prints"
)]

mod bench;
mod code;
mod commands;
mod processes;
mod soak;
mod steps;
mod stopwatch;
mod tidy;
mod tree;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match commands::run(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
