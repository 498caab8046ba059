//! `cargo xtask bench growth`: what a scan costs as the API grows.

use crate::bench;
use anyhow::{Result, bail};

/// Measures and prints; answers whether the cost of one operation stays what it is.
pub(super) fn run(words: &[&str]) -> Result<bool> {
    let (mut json, mut dev) = (false, false);
    for word in words {
        match *word {
            "--json" => json = true,
            "--dev" => dev = true,
            word => bail!("`cargo xtask bench growth` knows no `{word}`"),
        }
    }
    let growth = bench::growth(dev)?;
    if json {
        println!("{}", serde_json::to_string(&growth)?);
    } else {
        bench::show_growth(&growth);
    }
    Ok(growth.is_linear())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_option_is_an_error() {
        assert!(run(&["--fast"]).is_err());
    }
}
