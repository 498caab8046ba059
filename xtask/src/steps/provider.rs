//! The step `provider`: identities of a real `OpenID` provider, installed as a package.

use super::{End, Options, left_out};
use crate::processes::command;
use std::fs;
use std::path::Path;

/// Where the provider's program and the list of its packages are kept.
const SOURCE: &str = "crates/avouch-scan/tests/engine/provider";
/// What is copied from there.
const FILES: [&str; 4] = ["package.json", "package-lock.json", "server.mjs", "rotating.mjs"];

/// Installs the provider below `target` and runs the tests that need it.
pub(super) fn run(_: Options) -> End {
    let root = crate::tree::root();
    let folder = root.join("target/provider");
    if let Err(error) = copy(&root.join(SOURCE), &folder) {
        return End::Skipped(format!("the provider could not be copied: {error}"));
    }
    let installed = command("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        .current_dir(&folder)
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        return End::Skipped("`npm ci` could not install `oidc-provider`: no network?".to_owned());
    }
    let passed = ["engine", "gateway"].map(|name| left_out::pass(&["--test", name], "provider::"));
    End::of(passed == [true; 2], "an identity of the provider did not work")
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for name in FILES {
        fs::copy(from.join(name), to.join(name))?;
    }
    Ok(())
}
