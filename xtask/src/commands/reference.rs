//! `cargo xtask reference`: writes the page of the documentation that is made from the checks.

use crate::processes::command;
use anyhow::{Context, Result, ensure};

/// The reference of all checks.
const CHECKS: &str = "docs/checks.md";

/// Writes it.
pub(crate) fn run() -> Result<bool> {
    let path = crate::tree::root().join(CHECKS);
    std::fs::write(&path, made()?).with_context(|| format!("cannot write `{CHECKS}`"))?;
    println!("wrote {CHECKS}");
    Ok(true)
}

/// Whether the page says what the checks say.
pub(crate) fn is_current() -> Result<bool> {
    let path = crate::tree::root().join(CHECKS);
    let written = std::fs::read(&path).with_context(|| format!("cannot read `{CHECKS}`"))?;
    Ok(written == made()?)
}

fn made() -> Result<Vec<u8>> {
    let words = ["run", "-q", "-p", "avouch", "--", "checks", "--markdown"];
    let made = command("cargo").args(words).output().context("`cargo run` does not start")?;
    let told = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "`avouch checks --markdown` failed: {told}");
    Ok(made.stdout)
}
