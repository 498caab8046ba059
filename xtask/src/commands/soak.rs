//! `cargo xtask soak`: the gateway for an hour, under load and trouble.

use super::form::number;
use crate::soak::{self, Plan};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Runs and prints; answers whether nothing was wrong.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let plan = parse(words)?;
    if let Err(why) = soak::runnable() {
        bail!("it cannot be run: {why}");
    }
    soak::run(&plan)
}

fn parse(words: &[&str]) -> Result<Plan> {
    let folder = crate::tree::root().join("target/soak").join(std::process::id().to_string());
    let mut plan = Plan::usual(folder);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
        match *word {
            "--minutes" => plan.minutes = number(value()?)?,
            "--rate" => plan.rate = number(value()?)?,
            "--connections" => plan.connections = number(value()?)?,
            "--program" => plan.program = Some(PathBuf::from(value()?)),
            "--folder" => plan.folder = PathBuf::from(value()?),
            word => bail!("`cargo xtask soak` knows no `{word}`"),
        }
    }
    if plan.minutes == 0 || plan.rate == 0 || plan.connections == 0 {
        bail!("a run of no time, no requests or no connections shows nothing");
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_errors() {
        assert!(parse(&["--minutes"]).is_err() && parse(&["--minutes", "0"]).is_err());
        assert!(parse(&["--rate", "fast"]).is_err() && parse(&["--long"]).is_err());
        assert_eq!(parse(&["--minutes", "2"]).unwrap().minutes, 2);
    }
}
