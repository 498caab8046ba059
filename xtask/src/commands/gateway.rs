//! `cargo xtask bench gateway`: the gateway against nginx and other proxies.

use super::form::{Form, number};
use crate::bench::gateway::{self, Plan};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Measures and prints; answers whether everything could be measured.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let (form, plan) = parse(words)?;
    let tally = gateway::measure(&plan)?;
    match form {
        Form::Text => gateway::show(&tally),
        Form::Json => println!("{}", serde_json::to_string(&tally)?),
        Form::Markdown => println!("{}", gateway::page(&tally, &words.join(" "))),
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
            "--program" => plan.program = Some(PathBuf::from(value()?)),
            "--rounds" => plan.rounds = number(value()?)?,
            word => bail!("`cargo xtask bench gateway` knows no `{word}`"),
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
        assert!(run(&["--rounds", "many"]).is_err());
        assert!(run(&["--fast"]).is_err());
    }

    #[test]
    fn what_is_said_counts_more_than_quick() {
        let (form, plan) = parse(&["--quick", "--json", "--rounds", "3"]).unwrap();
        assert_eq!((form, plan.quick, plan.rounds), (Form::Json, true, 3));
    }
}
