//! `cargo xtask bench package`: what a package of evidence costs to build and to judge.

use super::form::{Form, number};
use crate::bench::package::{self, Plan};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;

/// Measures and prints.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let (form, plan) = parse(words)?;
    let tally = package::measure(&plan)?;
    match form {
        Form::Text => package::show(&tally),
        Form::Json => println!("{}", serde_json::to_string(&tally)?),
        Form::Markdown => println!("{}", package::page(&tally, &words.join(" "))),
    }
    Ok(true)
}

fn parse(words: &[&str]) -> Result<(Form, Plan)> {
    let (mut form, mut plan) = (Form::Text, Plan::default());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
        match *word {
            "--json" | "--markdown" => form = Form::of(word),
            "--entries" => plan.entries = number(value()?)?,
            "--folder" => plan.folder = Some(PathBuf::from(value()?)),
            "--programs" => plan.programs = Some(PathBuf::from(value()?)),
            "--keep" => plan.keep = true,
            word => bail!("`cargo xtask bench package` knows no `{word}`"),
        }
    }
    Ok((form, plan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_errors() {
        assert!(run(&["--entries"]).is_err());
        assert!(run(&["--entries", "many"]).is_err());
        assert!(run(&["--fast"]).is_err());
        let (form, plan) = parse(&["--markdown", "--entries", "7"]).unwrap();
        assert_eq!((form, plan.entries, plan.keep), (Form::Markdown, 7, false));
    }
}
