//! `cargo xtask bench ledger`: the ledger against its limit and its peers.

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

/// How the answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Json,
    Markdown,
}

fn parse(words: &[&str]) -> Result<(Form, Plan)> {
    let mut form = Form::Text;
    let mut plan = if words.contains(&"--quick") { Plan::quick() } else { Plan::default() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
        let number = |text: &str| format!("`{text}` is no number");
        match *word {
            "--json" => form = Form::Json,
            "--markdown" => form = Form::Markdown,
            "--quick" => (),
            "--rounds" => {
                let text = value()?;
                plan.rounds = text.parse().with_context(|| number(text))?;
            }
            "--large" => {
                let text = value()?;
                plan.large = text.parse().with_context(|| number(text))?;
            }
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
