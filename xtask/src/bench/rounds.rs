//! Builds the scanner and the range, and lets one scan the other.

use super::compare::{SceneTally, Tally, compare};
use super::truth::{Api, Range, Scene};
use super::{Plan, Trouble};
use crate::processes::{command, executable};
use anyhow::{Context, Result, bail, ensure};
use avouch_model::report::Report;
use serde::Deserialize;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};

/// The line `avouch-range serve` prints when it is ready.
#[derive(Debug, Deserialize)]
struct Serving {
    /// Where the range listens.
    base_url: String,
    /// Who may log in.
    accounts: Accounts,
    /// How.
    login: Login,
}

/// How the people of an API log in.
#[derive(Debug, Deserialize)]
struct Login {
    path: String,
    body: String,
    send: Option<String>,
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

impl Serving {
    /// The scanner's configuration and the passwords it takes from its environment.
    fn configuration(&self, scene: &Scene) -> (String, Vec<(String, &str)>) {
        let mut text = String::new();
        let mut passwords = Vec::new();
        let people = &self.accounts;
        let all = [("a", &people.a), ("b", &people.b), ("high", &people.admin)];
        for (who, account) in
            all.into_iter().filter(|(who, _)| scene.people.iter().any(|p| p == who))
        {
            let variable = format!("RANGE_PASSWORD_{}", who.to_uppercase());
            let send = self.login.send.as_ref().map(|send| format!("send = \"{send}\"\n"));
            let _ = write!(
                text,
                "[identity.{who}]\nuser = \"{}\"\npassword = \"env:{variable}\"\n{}\
                 [identity.{who}.login]\npath = \"{}\"\nbody = '{}'\n\n",
                account.email,
                send.unwrap_or_default(),
                self.login.path,
                self.login.body,
            );
            passwords.push((variable, account.password.as_str()));
        }
        text.push_str(&scene.configuration);
        (text, passwords)
    }
}

/// A running API of the range. It ends when the scan is over, however that ends.
struct Running {
    child: Child,
    /// Held open: an API that cannot print would break off.
    said: BufReader<ChildStdout>,
}

impl Drop for Running {
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

/// Scans fresh APIs as planned; gives the worst round with the slowest time and most requests.
pub(super) fn scan(plan: &Plan) -> Result<Tally> {
    ensure!(plan.rounds > 0, "at least one run is needed");
    let programs = Programs::build(plan)?;
    let range = programs.range()?;
    let known = |name: &String| range.apis.iter().any(|api| api.name == *name);
    if let Some(name) = plan.apis.iter().find(|name| !known(name)) {
        let names: Vec<&str> = range.apis.iter().map(|api| api.name.as_str()).collect();
        bail!("no API `{name}`: there are {}", names.join(", "));
    }
    let mut worst: Option<Tally> = None;
    for _ in 0..plan.rounds {
        for trouble in &plan.troubles {
            let tally = one_round(&programs, &range, plan, *trouble)?;
            worst = Some(match worst {
                Some(before) => worse(before, tally),
                None => tally,
            });
        }
    }
    worst.context("no round was run")
}

/// One scan of each scene of each API, added up.
fn one_round(programs: &Programs, range: &Range, plan: &Plan, trouble: Trouble) -> Result<Tally> {
    let mut sum: Option<Tally> = None;
    for api in range.apis.iter().filter(|api| plan.apis.is_empty() || plan.apis.contains(&api.name))
    {
        for scene in &api.scenes {
            let name = format!("{}, {}{}", api.name, scene.name, trouble.note());
            let report = one_scan(programs, api, scene, trouble)
                .with_context(|| format!("scanning {name}"))?;
            let mut tally = compare(&scene.truth(api), &report, |weakness| scene.allows(weakness));
            for detail in &mut tally.details {
                *detail = format!("{name}: {detail}");
            }
            tally.scenes =
                vec![SceneTally { scene: name, requests: tally.requests, seconds: tally.seconds }];
            sum = Some(match sum {
                Some(before) => before.plus(tally),
                None => tally,
            });
        }
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

/// The programs that are measured.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds them.
    pub(super) fn build(plan: &Plan) -> Result<Self> {
        let mut cargo = command("cargo");
        cargo.args(["build", "--locked", "-p", "avouch", "-p", "avouch-range", "--bins"]);
        if !plan.dev {
            cargo.arg("--release");
        }
        ensure!(cargo.status()?.success(), "the scanner or the range could not be built");
        let profile = if plan.dev { "debug" } else { "release" };
        Ok(Self { folder: crate::tree::root().join("target").join(profile) })
    }

    fn command(&self, name: &str) -> std::process::Command {
        command(executable(&self.folder, name))
    }

    /// What the range says of itself.
    pub(super) fn range(&self) -> Result<Range> {
        serde_json::from_slice(&answer(
            self.command("avouch-range").args(["truth", "--json"]),
            &[0],
        )?)
        .context("the range's truth could not be read")
    }
}

fn one_scan(programs: &Programs, api: &Api, scene: &Scene, trouble: Trouble) -> Result<Report> {
    let mut range = programs.command("avouch-range");
    // The range serves until its standard input ends: the child holds the other end open.
    range
        .args(["serve", "--api", &api.name, "--switches", &scene.switches])
        .args(trouble.arguments())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = range.spawn().context("the range could not be started")?;
    let said = child.stdout.take().context("the range says nothing")?;
    let mut range = Running { child, said: BufReader::new(said) };
    let mut line = String::new();
    range.said.read_line(&mut line)?;
    let serving: Serving = serde_json::from_str(&line)
        .with_context(|| format!("the range said `{}`", line.trim_end()))?;
    let folder = crate::tree::root().join("target").join("bench");
    std::fs::create_dir_all(&folder)?;
    let config = folder.join("avouch.toml");
    let (text, passwords) = serving.configuration(scene);
    std::fs::write(&config, text)?;
    let mut avouch = programs.command("avouch");
    avouch.arg("scan");
    if let Some(description) = description(programs, api, scene, &serving.base_url)? {
        avouch.arg("--openapi").arg(description);
    }
    avouch.args([&serving.base_url, "--quiet", "--format", "json"]);
    if scene.active {
        avouch.arg("--active");
    }
    if !scene.disruptive.is_empty() {
        avouch.args(["--disruptive", &scene.disruptive.join(",")]);
    }
    avouch.arg("--config").arg(&config).arg("--state").arg(folder.join("state")).envs(passwords);
    let json = answer(&mut avouch, &[0, 1])?;
    serde_json::from_slice(&json).context("the report could not be read")
}

/// Writes the API's description to a file: a hardened API shows it to nobody, and a user would give
/// it. `None` for an API that has none.
fn description(
    programs: &Programs,
    api: &Api,
    scene: &Scene,
    base_url: &str,
) -> Result<Option<PathBuf>> {
    let mut describe = programs.command("avouch-range");
    describe.args(["openapi", "--api", &api.name, "--base-url", base_url]);
    let output = describe.args(["--switches", &scene.switches]).output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let path = crate::tree::root().join("target/bench/openapi.json");
    std::fs::write(&path, output.stdout)?;
    Ok(Some(path))
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
        let plan = Plan { rounds: 0, ..Plan::default() };
        assert!(scan(&plan).is_err());
    }
}
