//! `cargo xtask bench ledger`: the ledger against its limit and its peers.

use super::form::{Form, number};
use crate::bench::ledger::{self, Plan};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Measures and prints; answers whether everything could be measured.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let (form, plan) = parse(words)?;
    let tally = ledger::measure(&plan)?;
    match form {
        Form::Text => ledger::show(&tally),
        Form::Json => println!("{}", serde_json::to_string(&tally)?),
        Form::Markdown => println!("{}", ledger::page(&tally, &words.join(" "))),
    }
    Ok(tally.missing.is_empty())
}

fn parse(words: &[&str]) -> Result<(Form, Plan)> {
    let mut form = Form::Text;
    let mut plan = if words.contains(&"--quick") { Plan::quick() } else { Plan::default() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
        match *word {
            "--json" | "--markdown" => form = Form::of(word),
            "--quick" => (),
            "--rounds" => plan.rounds = number(value()?)?,
            "--large" => plan.large = number(value()?)?,
            "--folder" => plan.folder = Some(PathBuf::from(value()?)),
            word => bail!("`cargo xtask bench ledger` knows no `{word}`"),
        }
    }
    Ok((form, plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_errors() {
        assert!(run(&["--rounds"]).is_err());
        assert!(run(&["--large", "many"]).is_err());
        assert!(run(&["--fast"]).is_err());
    }

    #[test]
    fn what_is_said_counts_more_than_quick() {
        let (form, plan) = parse(&["--large", "0", "--quick", "--json", "--rounds", "3"]).unwrap();
        assert_eq!((form, plan.quick, plan.large, plan.rounds), (Form::Json, true, 0, 3));
    }
}
