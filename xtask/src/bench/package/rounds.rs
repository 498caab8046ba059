//! One after the other: the ledger, what was agreed, the package, its verifiers.

use super::super::running::folder as bench_folder;
use super::process::watched;
use super::tally::Tally;
use crate::processes::{command, executable};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The auditor's nonce.
const NONCE: &str = "00112233445566778899aabbccddeeff";

/// How much is measured, and where.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Entries of the ledger.
    pub(crate) entries: u64,
    /// Where to write; `None` for a folder below the build's.
    pub(crate) folder: Option<PathBuf>,
    /// The folder of programs that are built already; `None` to build them for release.
    pub(crate) programs: Option<PathBuf>,
    /// Whether what was written stays.
    pub(crate) keep: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self { entries: 200_000, folder: None, programs: None, keep: false }
    }
}

/// Measures as planned.
pub(crate) fn measure(plan: &Plan) -> Result<Tally> {
    let programs = match &plan.programs {
        Some(programs) => std::path::absolute(programs)?,
        None => built()?,
    };
    let folder = match &plan.folder {
        Some(folder) => folder.join(format!("avouch-package-{}", std::process::id())),
        None => bench_folder()?,
    };
    std::fs::create_dir_all(&folder)?;
    let told = Round { programs: &programs, folder: &folder }.run(plan.entries);
    if plan.keep {
        eprintln!("kept in {}", folder.display());
    } else {
        std::fs::remove_dir_all(&folder).context("what was written could not be removed")?;
    }
    told
}

/// Builds the program that writes and the one that is measured.
fn built() -> Result<PathBuf> {
    let mut cargo = command("cargo");
    cargo.args(["build", "--locked", "--release", "-p", "avouch-bench", "-p", "avouch", "--bins"]);
    ensure!(cargo.status()?.success(), "the programs could not be built");
    Ok(crate::tree::target()?.join("release"))
}

struct Round<'r> {
    programs: &'r Path,
    folder: &'r Path,
}

impl Round<'_> {
    fn run(&self, entries: u64) -> Result<Tally> {
        let (ledger, package) = (self.path("ledger"), self.path("package"));
        eprintln!("{entries} entries are written");
        let mut year = command(executable(self.programs, "avouch-bench"));
        year.args(["year", "--records", &entries.to_string(), "--folder", &ledger]);
        let cost = watched(&mut year, &self.folder.join("year.json"))?;
        let told = self.said("year.json")?;
        let mut tally = Tally {
            entries: number(&told, "size")?,
            populations: number(&told, "populations")?,
            ledger_bytes: bytes(Path::new(&ledger))?,
            ..Tally::default()
        };
        tally.add("the ledger is written", cost.seconds, cost.memory_bytes);
        self.open(&told, &ledger)?;
        let sent = format!("{ledger}/sent.txt");
        let agreed = self.path("engagement.json");
        let words = ["audit", "package", &ledger, "--engagement", &agreed, "--nonce", NONCE];
        let more = ["--canaries", &sent, "--out", &package, "--json"];
        self.one(
            &mut tally,
            "avouch audit package",
            &mut self.avouch(&[&words[..], &more].concat()),
        )?;
        let populations = self.said("printed")?;
        let counts = populations.get("populations").and_then(Value::as_object);
        tally.rows_of_package =
            counts.into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
        tally.package_bytes = bytes(Path::new(&package))?;
        let key = format!("{ledger}/identity.vkey");
        let words = ["audit", "verify", &package, "--key", &key];
        self.one(&mut tally, "avouch audit verify", &mut self.avouch(&words))?;
        let key = std::fs::read_to_string(&key)?;
        let mut python = command("python3");
        python.args(["-B", "verify/verify.py", "package", &package, "--public-key", key.trim()]);
        self.one(&mut tally, "verify.py package", &mut python)?;
        Ok(tally)
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn avouch(&self, words: &[&str]) -> std::process::Command {
        let mut avouch = command(executable(self.programs, "avouch"));
        avouch.args(words);
        avouch
    }

    fn said(&self, name: &str) -> Result<Value> {
        let text = std::fs::read(self.folder.join(name))?;
        serde_json::from_slice(&text).with_context(|| format!("`{name}` could not be read"))
    }

    fn one(
        &self,
        tally: &mut Tally,
        what: &str,
        command: &mut std::process::Command,
    ) -> Result<()> {
        eprintln!("{what}");
        let cost = watched(command, &self.folder.join("printed"))?;
        tally.add(what, cost.seconds, cost.memory_bytes);
        Ok(())
    }

    /// Writes down what was agreed, which is not measured.
    fn open(&self, told: &Value, ledger: &str) -> Result<()> {
        let text = |name: &str| {
            let value = told.get(name).and_then(Value::as_str);
            value.map(str::to_owned).with_context(|| format!("`{name}` was not told"))
        };
        let (from, to) = (text("first_day")?, text("last_day")?);
        let (nonce, sent) = (text("nonce_commitment")?, text("canaries_commitment")?);
        let agreed = self.path("engagement.json");
        let words =
            ["audit", "open", ledger, "--id", "bench", "--system", "Shop", "--auditor", "CPAs"];
        let days = ["--from", &from, "--to", &to, "--out", &agreed];
        let digests = ["--nonce-commitment", &nonce, "--canaries-commitment", &sent];
        watched(
            &mut self.avouch(&[&words[..], &days, &digests].concat()),
            &self.folder.join("opened"),
        )?;
        Ok(())
    }
}

fn number(told: &Value, name: &str) -> Result<u64> {
    told.get(name).and_then(Value::as_u64).with_context(|| format!("`{name}` was not told"))
}

/// Bytes of all files below a folder.
fn bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        sum += if kind.is_dir() { bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_with_their_folders() {
        let bench = crate::tree::root().join("xtask/src/bench");
        let (all, inner) = (bytes(&bench).unwrap(), bytes(&bench.join("package")).unwrap());
        let own = std::fs::metadata(bench.join("package/rounds.rs")).unwrap().len();
        assert!(own < inner && inner < all, "{own} {inner} {all}");
    }
}
