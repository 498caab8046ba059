//! The program that measures, and the one that is measured.

use super::super::running::answer;
use super::samples::Sample;
use crate::processes::{command, executable};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Both programs, built for release.
#[derive(Debug)]
pub(super) struct Program {
    folder: PathBuf,
}

impl Program {
    /// Builds them. `whole` builds the program that people use as well.
    pub(super) fn build(whole: bool) -> Result<Self> {
        let mut cargo = command("cargo");
        cargo.args(["build", "--locked", "--release", "-p", "avouch-bench", "--bins"]);
        if whole {
            cargo.args(["-p", "avouch"]);
        }
        ensure!(cargo.status()?.success(), "the measuring program could not be built");
        Ok(Self { folder: crate::tree::target()?.join("release") })
    }

    /// What one measurement says. Its folder is removed afterwards.
    pub(super) fn told(&self, words: &[&str], folder: &Path) -> Result<Value> {
        let told = self.kept(words, folder);
        if folder.exists() {
            std::fs::remove_dir_all(folder).context("what was written could not be removed")?;
        }
        told
    }

    /// As [`Program::told`]; what was written stays.
    pub(super) fn kept(&self, words: &[&str], folder: &Path) -> Result<Value> {
        let mut bench = command(executable(&self.folder, "avouch-bench"));
        let printed = answer(bench.args(words).arg("--folder").arg(folder), &[0])?;
        serde_json::from_slice(&printed).context("a measurement could not be read")
    }

    /// One measurement as a sample.
    pub(super) fn sample(&self, words: &[&str], folder: &Path) -> Result<Sample> {
        Ok(serde_json::from_value(self.told(words, folder)?)?)
    }

    /// What `avouch ledger` answers, with these words.
    pub(super) fn ledger(&self, words: &[&str]) -> Result<Vec<u8>> {
        let mut avouch = command(executable(&self.folder, "avouch"));
        answer(avouch.arg("ledger").args(words), &[0])
    }
}
