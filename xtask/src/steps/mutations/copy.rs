//! A copy of the tree in which each place has its switch, and the tests built from it.

use super::sites::{Site, switch};
use crate::processes::command;
use crate::tree::{Tree, root};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The crate with the checks.
const CRATE: &str = "crates/avouch-scan/src/";

/// Parts of it that make no verdicts of checks: what runs them, and what plays them.
const OTHERS: [&str; 2] = ["engine/", "conversation/"];

/// What is added to the copy: a file, its text, and the module that names it, with the line.
const INSERTED: [(&str, &str, &str, &str); 2] = [
    ("mutation.rs", include_str!("inserted/mutation.rs"), "lib.rs", "mod mutation;"),
    (
        "conversation/mutants.rs",
        include_str!("inserted/mutants.rs"),
        "conversation/mod.rs",
        "mod mutants;",
    ),
];

/// The tree with switches.
pub(super) struct Copy {
    folder: PathBuf,
    /// The places, by their numbers.
    pub(super) sites: Vec<Site>,
    /// Places without a switch.
    pub(super) left: Vec<String>,
}

/// Writes the copy below `target`. Files that are as they should be are left alone, so that what is
/// built of them stays.
pub(super) fn write(tree: &Tree) -> Result<Copy> {
    let folder = root().join("target").join("mutations");
    let mut copy = Copy { folder, sites: Vec::new(), left: Vec::new() };
    for path in tree.paths() {
        let to = copy.folder.join(path);
        match tree.text(path) {
            Some(text) if path == "Cargo.toml" => {
                put(&to, under_another_version(text)?.as_bytes())?;
            }
            Some(text) => put(&to, copy.with_switches(path, text).as_bytes())?,
            None => put(&to, &fs::read(root().join(path))?)?,
        }
    }
    for (file, text, _, _) in INSERTED {
        put(&copy.folder.join(CRATE).join(file), text.as_bytes())?;
    }
    copy.remove_others(tree)?;
    Ok(copy)
}

/// The manifest with another version for all our packages. What is built of the copy lies beside what
/// is built of the tree, so that their dependencies are built once; by the version cargo tells the two
/// apart.
fn under_another_version(manifest: &str) -> Result<String> {
    let (before, after) = manifest
        .split_once("[workspace.package]")
        .and_then(|(before, after)| Some((before, after.split_once("\nversion = \"")?)))
        .context("the root manifest states no version of the workspace")?;
    let (between, version) = after;
    let (version, rest) = version.split_once('"').context("the version has no end")?;
    Ok(format!("{before}[workspace.package]{between}\nversion = \"{version}+switches\"{rest}"))
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

impl Copy {
    fn with_switches(&mut self, path: &str, text: &str) -> String {
        let Some(file) = path.strip_prefix(CRATE) else { return text.to_owned() };
        let mut text = text.to_owned();
        let is_source = Path::new(file).extension().is_some_and(|kind| kind == "rs");
        if is_source && !OTHERS.iter().any(|other| file.starts_with(other)) {
            let switched = switch(path, &text, self.sites.len());
            self.sites.extend(switched.sites);
            self.left.extend(switched.left);
            text = switched.text;
        }
        for (_, _, _, line) in INSERTED.iter().filter(|(_, _, module, _)| *module == file) {
            text = format!("{text}\n{line}\n");
        }
        text
    }

    /// Removes what an earlier copy had and this tree has not.
    fn remove_others(&self, tree: &Tree) -> Result<()> {
        let inserted = INSERTED.map(|(file, ..)| format!("{CRATE}{file}"));
        for path in Tree::read(&self.folder)?.paths() {
            if tree.text(path).is_none() && !tree.has(path) && !inserted.iter().any(|i| i == path) {
                fs::remove_file(self.folder.join(path))?;
            }
        }
        Ok(())
    }

    /// Builds the tests of the crate; what can be run. Dependencies that are built already are not
    /// built again, and what is built here is kept beside them.
    pub(super) fn build(&self) -> Result<PathBuf> {
        let mut cargo = command("cargo");
        cargo.current_dir(&self.folder);
        // Not `--locked`: the lock file follows the other version, and in nothing else.
        cargo.args(["test", "--package", "avouch-scan", "--lib", "--no-run"]);
        cargo.args(["--message-format", "json", "--quiet", "--target-dir"]);
        cargo.arg(root().join("target"));
        let built = cargo.stderr(Stdio::inherit()).output().context("cannot start `cargo`")?;
        let said = String::from_utf8_lossy(&built.stdout);
        if !built.status.success() {
            for line in said.lines() {
                let message: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
                if message.pointer("/message/level").is_some_and(|level| level == "error") {
                    let rendered = message.pointer("/message/rendered").and_then(|it| it.as_str());
                    println!("{}", rendered.unwrap_or_default());
                }
            }
            bail!("the tree with switches does not build");
        }
        let executable = said.lines().find_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            message.get("executable")?.as_str().map(PathBuf::from)
        });
        executable.context("`cargo` names no program that it built")
    }

    /// The tests, with no word said.
    fn tests(&self, program: &Path) -> Command {
        let mut tests = command(program);
        tests.current_dir(self.folder.join("crates/avouch-scan"));
        tests.stdout(Stdio::null()).stderr(Stdio::null());
        tests
    }

    /// Runs all tests but the conversations with this switch on; whether one fails.
    pub(super) fn another_test_notices(&self, program: &Path, number: usize) -> Result<bool> {
        let mut tests = self.tests(program);
        tests.args(["--skip", "conversation::"]).env("AVOUCH_MUTANT", number.to_string());
        Ok(!tests.status()?.success())
    }

    /// Plays all conversations with each switch on in turn; what the pages say, one line each.
    pub(super) fn play(&self, program: &Path) -> Result<String> {
        let report = self.folder.join("target").join("mutants.txt");
        put(&report, b"")?;
        let mut tests = self.tests(program);
        tests.args(["--exact", "conversation::mutants::each_switch_is_noticed"]);
        let status = tests.env("AVOUCH_MUTANTS", &report).status()?;
        ensure!(status.success(), "the conversations do not hold with all switches off");
        Ok(fs::read_to_string(report)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_has_another_version_and_the_same_dependencies() {
        let manifest =
            "a = 1\n[workspace.package]\nedition = \"2024\"\nversion = \"1.2.3\"\nb = \"\"";
        let expected = "a = 1\n[workspace.package]\nedition = \"2024\"\nversion = \"1.2.3+switches\"\nb = \"\"";
        assert_eq!(under_another_version(manifest).unwrap(), expected);
        assert!(under_another_version("version = \"1\"").is_err());
        let root = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(under_another_version(&root).is_ok());
    }
}
