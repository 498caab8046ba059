//! Builds the scanner and the range, and lets one scan the other.

use super::compare::{SceneTally, Tally, compare};
use super::scenes::{SCENES, Scene};
use super::truth::{Tier, Truth};
use crate::processes::{command, executable};
use anyhow::{Context, Result, bail, ensure};
use avouch_model::report::Report;
use serde::Deserialize;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};

/// How far the measured scan is allowed to go. The range runs on loopback and belongs to the test.
const TIER: Tier = Tier::Active;

/// The line `avouch-range serve` prints when it is ready.
#[derive(Debug, Deserialize)]
struct Serving {
    /// Where the range listens.
    base_url: String,
    /// Who may log in.
    accounts: Accounts,
}

/// The range's accounts.
#[derive(Debug, Deserialize)]
struct Accounts {
    a: Account,
    b: Account,
    admin: Account,
}

/// One account.
#[derive(Debug, Deserialize)]
struct Account {
    email: String,
    password: String,
}

impl Accounts {
    /// The scanner's configuration and the passwords it takes from its environment.
    fn configuration(&self, people: &[&str]) -> (String, Vec<(String, &str)>) {
        let mut text = String::new();
        let mut passwords = Vec::new();
        let all = [("a", &self.a), ("b", &self.b), ("high", &self.admin)];
        for (who, account) in all.into_iter().filter(|(who, _)| people.contains(who)) {
            let variable = format!("RANGE_PASSWORD_{}", who.to_uppercase());
            let _ = write!(
                text,
                "[identity.{who}]\nuser = \"{}\"\npassword = \"env:{variable}\"\n\
                 [identity.{who}.login]\npath = \"/auth/login\"\n\
                 body = '{{\"email\":\"{{user}}\",\"password\":\"{{password}}\"}}'\n\n",
                account.email
            );
            passwords.push((variable, account.password.as_str()));
        }
        (text, passwords)
    }
}

/// A running range. It ends when the round is over, however that ends.
struct Range {
    child: Child,
    /// Held open: a range that cannot print would break off.
    said: BufReader<ChildStdout>,
}

impl Drop for Range {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Why there is nothing to measure in this tree, if so.
pub(super) fn runnable() -> Result<(), String> {
    let main = crate::tree::root().join("crates/avouch-range/src/main.rs");
    if main.exists() { Ok(()) } else { Err("there is no `avouch-range` binary".to_owned()) }
}

/// Scans a fresh range so often; gives the worst round with the slowest time and most requests.
pub(super) fn scan(rounds: u32) -> Result<Tally> {
    ensure!(rounds > 0, "at least one run is needed");
    build()?;
    let truth: Truth = {
        let mut range = command(binary("avouch-range"));
        serde_json::from_slice(&answer(range.args(["truth", "--json"]), &[0])?)
            .context("the range's truth could not be read")?
    };
    let mut worst: Option<Tally> = None;
    for _ in 0..rounds {
        let tally = one_round(&truth)?;
        worst = Some(match worst {
            Some(before) => worse(before, tally),
            None => tally,
        });
    }
    worst.context("no round was run")
}

/// One scan of each scene, added up.
fn one_round(truth: &Truth) -> Result<Tally> {
    let mut sum: Option<Tally> = None;
    for scene in SCENES {
        let mut tally = compare(&scene.truth(truth), &one_scan(scene)?, TIER);
        for detail in &mut tally.details {
            *detail = format!("{}: {detail}", scene.name);
        }
        tally.scenes = vec![SceneTally {
            scene: scene.name.to_owned(),
            requests: tally.requests,
            seconds: tally.seconds,
        }];
        sum = Some(match sum {
            Some(before) => before.plus(tally),
            None => tally,
        });
    }
    sum.context("there is no scene")
}

/// The round with more that is wrong, with the higher of both costs.
fn worse(a: Tally, b: Tally) -> Tally {
    let requests = a.requests.max(b.requests);
    let seconds = a.seconds.max(b.seconds);
    let badness = |t: &Tally| (!t.is_good(), t.r#false + t.missed + t.trapped, t.not_evaluable);
    let worst = if badness(&b) > badness(&a) { b } else { a };
    Tally { requests, seconds, ..worst }
}

fn build() -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["build", "--release", "--locked", "-p", "avouch", "-p", "avouch-range", "--bins"]);
    ensure!(cargo.status()?.success(), "the scanner or the range could not be built");
    Ok(())
}

fn binary(name: &str) -> PathBuf {
    executable(&crate::tree::root().join("target").join("release"), name)
}

fn one_scan(scene: Scene) -> Result<Report> {
    let mut range = command(binary("avouch-range"));
    // The range serves until its standard input ends: the child holds the other end open.
    range
        .args(["serve", "--switches", scene.switches])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = range.spawn().context("the range could not be started")?;
    let said = child.stdout.take().context("the range says nothing")?;
    let mut range = Range { child, said: BufReader::new(said) };
    let mut line = String::new();
    range.said.read_line(&mut line)?;
    let serving: Serving = serde_json::from_str(&line)
        .with_context(|| format!("the range said `{}`", line.trim_end()))?;
    let folder = crate::tree::root().join("target").join("bench");
    std::fs::create_dir_all(&folder)?;
    let config = folder.join("avouch.toml");
    let (text, passwords) = serving.accounts.configuration(scene.people);
    std::fs::write(&config, text)?;
    // The hardened range shows its description to nobody: a user would give it, too.
    let description = folder.join("openapi.json");
    let mut describe = command(binary("avouch-range"));
    describe.args(["openapi", "--base-url", &serving.base_url, "--switches", scene.switches]);
    std::fs::write(&description, answer(&mut describe, &[0])?)?;
    let mut avouch = command(binary("avouch"));
    avouch.arg("scan").arg("--openapi").arg(&description);
    avouch.args([&serving.base_url, "--format", "json", "--active", "--config"]);
    avouch.arg(&config).arg("--state").arg(folder.join("state")).envs(passwords);
    let json = answer(&mut avouch, &[0, 1])?;
    serde_json::from_slice(&json).context("the report could not be read")
}

/// Runs a command to its end and gives what it printed. `fine` are the exit codes of an answer.
fn answer(command: &mut std::process::Command, fine: &[i32]) -> Result<Vec<u8>> {
    let name = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("`{name}` could not be started"))?;
    match output.status.code() {
        Some(code) if fine.contains(&code) => Ok(output.stdout),
        _ => bail!("`{name}` ended with {}", output.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(found: u32, missed: u32, requests: u64) -> Tally {
        Tally {
            found,
            missed,
            r#false: 0,
            not_evaluable: 0,
            out_of_tier: 0,
            trapped: 0,
            requests,
            seconds: 1.0,
            ending: "complete".to_owned(),
            checks: Vec::new(),
            details: Vec::new(),
            scenes: Vec::new(),
        }
    }

    #[test]
    fn of_several_rounds_the_worst_counts() {
        let worst = worse(worse(tally(3, 0, 10), tally(2, 1, 5)), tally(3, 0, 30));
        assert_eq!((worst.missed, worst.requests), (1, 30));
    }

    #[test]
    fn no_rounds_are_no_measurement() {
        assert!(scan(0).is_err());
    }
}
