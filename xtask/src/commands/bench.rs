//! `cargo xtask bench scan`: how well the scanner does against the range.

use crate::bench;
use anyhow::{Context, Result, bail};

/// Measures and prints; answers whether nothing was missed and nothing invented.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let (mut json, mut rounds) = (false, 1);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--json" => json = true,
            "--runs" => {
                let number = words.next().context("`--runs` needs a number")?;
                rounds = number.parse().with_context(|| format!("`{number}` is no number"))?;
            }
            word => bail!("`cargo xtask bench scan` knows no `{word}`"),
        }
    }
    if let Err(why) = bench::runnable() {
        bail!("nothing can be measured: {why}");
    }
    let tally = bench::scan(rounds)?;
    if json {
        println!("{}", serde_json::to_string(&tally)?);
    } else {
        bench::show(&tally);
    }
    Ok(tally.is_good())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_errors() {
        assert!(run(&["--runs"]).is_err());
        assert!(run(&["--runs", "many"]).is_err());
        assert!(run(&["--jsno"]).is_err());
    }
}
