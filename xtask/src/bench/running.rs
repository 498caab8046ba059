//! The programs that are measured, and APIs of the range that serve.

use super::plan::{Plan, Trouble};
use super::truth::{Api, Range, Scene};
use crate::processes::{command, executable};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};

/// The line `avouch-range serve` prints when it is ready.
#[derive(Debug, Deserialize)]
pub(super) struct Serving {
    /// Where the range listens.
    pub(super) base_url: String,
    /// `NAME=ADDRESS`, where the name in it is not to be looked up.
    #[serde(default)]
    pub(super) resolve: Option<String>,
    /// The certificate of the authority to trust, in PEM form.
    #[serde(default)]
    pub(super) ca: Option<String>,
    /// Who may log in.
    accounts: Accounts,
    /// How.
    pub(super) login: Login,
}

/// How the people of an API log in.
#[derive(Debug, Deserialize)]
pub(super) struct Login {
    pub(super) path: String,
    body: String,
    pub(super) send: Option<String>,
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
    /// The body by which the first customer logs in.
    pub(super) fn login_body(&self) -> String {
        let account = &self.accounts.a;
        let body = self.login.body.replace("{user}", &account.email);
        body.replace("{password}", &account.password)
    }

    /// The scanner's configuration and the passwords it takes from its environment.
    pub(super) fn configuration(&self, scene: &Scene) -> (String, Vec<(String, &str)>) {
        let (mut text, passwords) = self.identities(|who| scene.people.iter().any(|p| p == who));
        text.push_str(&scene.configuration);
        (text, passwords)
    }

    /// The configuration of those identities that are wanted.
    pub(super) fn identities(
        &self,
        wanted: impl Fn(&str) -> bool,
    ) -> (String, Vec<(String, &str)>) {
        let mut text = String::new();
        let mut passwords = Vec::new();
        let people = &self.accounts;
        let all = [("a", &people.a), ("b", &people.b), ("high", &people.admin)];
        for (who, account) in all.into_iter().filter(|(who, _)| wanted(who)) {
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
        (text, passwords)
    }
}

/// A running API of the range. It ends when the scan is over, however that ends.
pub(super) struct Running {
    child: Child,
    /// Held open: an API that cannot print would break off.
    _said: BufReader<ChildStdout>,
    /// What it said of itself.
    pub(super) serving: Serving,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself: then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
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
        Ok(Self { folder: crate::tree::target()?.join(profile) })
    }

    pub(super) fn command(&self, name: &str) -> std::process::Command {
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

impl Running {
    /// Starts a fresh API as the scene wants it.
    pub(super) fn start(
        programs: &Programs,
        api: &Api,
        scene: &Scene,
        trouble: Trouble,
    ) -> Result<Self> {
        let mut range = programs.command("avouch-range");
        // The range serves until its standard input ends: the child holds the other end open.
        range
            .args(["serve", "--api", &api.name, "--switches", &scene.switches])
            .args(trouble.arguments());
        Self::of(range)
    }

    /// Starts the API that this command of the range serves.
    pub(super) fn of(mut range: std::process::Command) -> Result<Self> {
        range.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = range.spawn().context("the range could not be started")?;
        let out = child.stdout.take().context("the range says nothing")?;
        let mut said = BufReader::new(out);
        let mut line = String::new();
        said.read_line(&mut line)?;
        let serving = serde_json::from_str(&line)
            .with_context(|| format!("the range said `{}`", line.trim_end()))?;
        Ok(Self { child, _said: said, serving })
    }
}

/// The folder for what a measurement writes; one of its own for each, since several may run.
pub(super) fn folder() -> Result<PathBuf> {
    let folder = crate::tree::target()?.join("bench").join(std::process::id().to_string());
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Writes the API's description to a file: a hardened API shows it to nobody, and a user would give
/// it. `None` for an API that has none.
pub(super) fn description(
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
    let path = folder()?.join("openapi.json");
    std::fs::write(&path, output.stdout)?;
    Ok(Some(path))
}

/// Runs a command to its end and gives what it printed. `fine` are the exit codes of an answer.
pub(super) fn answer(command: &mut std::process::Command, fine: &[i32]) -> Result<Vec<u8>> {
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
