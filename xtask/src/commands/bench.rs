//! `cargo xtask bench scan`: how well the scanner does against the range.

use super::form::{Form, number};
use crate::bench::{self, Plan, Trouble};
use anyhow::{Context, Result, bail};

/// Measures and prints; answers whether nothing was missed and nothing invented.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let (form, plan) = parse(words)?;
    if let Err(why) = bench::runnable() {
        bail!("nothing can be measured: {why}");
    }
    let tally = bench::scan(&plan)?;
    match form {
        Form::Text => bench::show(&tally),
        Form::Json => {
            let mut value = serde_json::to_value(&tally)?;
            if let Some(members) = value.as_object_mut() {
                members.insert("classes".to_owned(), serde_json::to_value(bench::classes(&tally))?);
            }
            println!("{value}");
        }
        Form::Markdown => println!("{}", bench::page(&tally, &words.join(" "))),
    }
    Ok(tally.is_good())
}

/// How the answer is written, and what is to be measured.
fn parse(words: &[&str]) -> Result<(Form, Plan)> {
    let mut form = Form::Text;
    let mut plan = Plan { troubles: Vec::new(), ..Plan::default() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
        match *word {
            "--json" | "--markdown" => form = Form::of(word),
            "--dev" => plan.dev = true,
            "--beside" => plan.beside = true,
            "--runs" => plan.rounds = number(value()?)?,
            "--api" => plan.apis.extend(value()?.split(',').map(str::to_owned)),
            "--under" => plan.troubles.extend(troubles(value()?)?),
            word => bail!("`cargo xtask bench scan` knows no `{word}`"),
        }
    }
    if plan.troubles.is_empty() {
        plan.troubles = Plan::default().troubles;
    }
    Ok((form, plan))
}

fn troubles(names: &str) -> Result<Vec<Trouble>> {
    if names == "all" {
        return Ok(Trouble::ALL.to_vec());
    }
    let one = |name: &str| {
        let found = Trouble::ALL.into_iter().find(|trouble| trouble.name() == name);
        found.with_context(|| format!("`{name}` is none of calm, delays, volatile, throttled, all"))
    };
    names.split(',').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_errors() {
        assert!(run(&["--runs"]).is_err());
        assert!(run(&["--runs", "many"]).is_err());
        assert!(run(&["--jsno"]).is_err());
        assert!(run(&["--under", "water"]).is_err());
    }
}
