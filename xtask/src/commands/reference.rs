//! `cargo xtask reference`: writes the pages of the documentation that are made from the code.

use crate::processes::{built_avouch, command};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The pages, each with the command that prints it.
const PAGES: [(&str, &[&str]); 3] = [
    ("docs/checks.md", &["checks", "--markdown"]),
    ("docs/controls.md", &["control", "list", "--markdown"]),
    ("docs/facts.md", &["ledger", "kinds", "--markdown"]),
];

/// Writes them.
pub(crate) fn run() -> Result<bool> {
    let avouch = built_avouch()?;
    for (page, words) in PAGES {
        let path = crate::tree::root().join(page);
        std::fs::write(&path, made(&avouch, words)?)
            .with_context(|| format!("cannot write `{page}`"))?;
        println!("wrote {page}");
    }
    Ok(true)
}

/// Whether the pages say what the code says.
pub(crate) fn is_current() -> Result<bool> {
    let avouch = built_avouch()?;
    for (page, words) in PAGES {
        let path = crate::tree::root().join(page);
        let written = std::fs::read(&path).with_context(|| format!("cannot read `{page}`"))?;
        if written != made(&avouch, words)? {
            println!("{page} does not say what the code says");
            return Ok(false);
        }
    }
    Ok(true)
}

fn made(avouch: &Path, words: &[&str]) -> Result<Vec<u8>> {
    let made = command(avouch).args(words).output().context("`avouch` does not start")?;
    let told = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "`avouch {}` failed: {told}", words.join(" "));
    Ok(made.stdout)
}
