//! One file per command. Each answers whether what it looked at is good.

mod bench;
mod form;
mod fuzz;
mod gateway;
mod growth;
mod ledger;
mod package;
mod reference;
mod soak;
mod test;
mod tidy;

pub(crate) use reference::is_current as reference_is_current;
pub(crate) use tidy::keeps as tidy_keeps;

use anyhow::{Result, bail};

/// What `cargo xtask` prints when asked for help.
const USAGE: &str = "\
usage: cargo xtask COMMAND

commands:
  test [--long] [--only STEP]       format, lints, tests, tidy, documentation, dependencies
  tidy                              the invariants of ARCHITECTURE.md
  reference                         writes docs/checks.md and docs/facts.md from the code
  bench scan [--json | --markdown] [--runs N] [--api NAMES]
             [--under TROUBLES] [--dev] [--beside]
                                    the scanner against the range
  bench gateway [--json | --markdown] [--quick] [--rounds N]
                [--program FILE]
                                    the gateway against nginx, HAProxy, Envoy and Caddy
  bench growth [--json] [--dev]     what a scan costs of 125 to 1,000 operations
  bench ledger [--json | --markdown] [--quick] [--rounds N]
               [--large ENTRIES] [--folder FOLDER]
                                    the ledger against its limit, PostgreSQL and SQLite
  bench package [--json | --markdown] [--entries N] [--programs FOLDER]
                [--folder FOLDER] [--keep]
                                    a package of evidence: time and memory to build and to judge
  fuzz [--seconds N] [TARGET]...    readers of foreign bytes, by coverage (needs a nightly compiler)
  soak [--minutes N] [--rate N] [--connections N] [--program FILE] [--folder FOLDER]
                                    the gateway for an hour, under load and trouble";

/// Runs the command that the words spell.
pub(crate) fn run(words: &[String]) -> Result<bool> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test", options @ ..] => test::run(options),
        ["tidy"] => Ok(tidy::run()),
        ["reference"] => reference::run(),
        ["bench", "scan", options @ ..] => bench::run(options),
        ["bench", "gateway", options @ ..] => gateway::run(options),
        ["bench", "growth", options @ ..] => growth::run(options),
        ["bench", "ledger", options @ ..] => ledger::run(options),
        ["bench", "package", options @ ..] => package::run(options),
        ["fuzz", options @ ..] => fuzz::run(options),
        ["soak", options @ ..] => soak::run(options),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => bail!("no command `{}`\n\n{USAGE}", words.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_is_an_error() {
        assert!(run(&["bake".to_owned()]).is_err());
        assert!(run(&["test".to_owned(), "--shrot".to_owned()]).is_err());
        assert!(run(&["bench".to_owned()]).is_err());
    }

    #[test]
    fn help_is_not_an_error() {
        assert!(run(&["--help".to_owned()]).unwrap());
    }
}
