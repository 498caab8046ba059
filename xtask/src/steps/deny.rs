//! The steps that ask `cargo deny` about the dependencies.
//!
//! Bans, licences and sources need only the lock file. Advisories need a database that is fetched
//! over the network, so they are a step of their own: where the database cannot be had, that step
//! says so and does not count as passed.

use super::{End, Options};
use crate::processes::{answers, command, executable};
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The version that is built when none is found. Known to read `deny.toml`.
const VERSION: &str = "^0.20";

/// LIMIT: how long the advisory database may take to arrive.
const FETCH_MAX: Duration = Duration::from_mins(1);

/// Bans, licences and sources.
pub(super) fn run(_: Options) -> End {
    let Some(deny) = find().or_else(install) else {
        return End::Skipped(missing());
    };
    let allowed = succeeds(command(&deny).args(["check", "bans", "licenses", "sources"]));
    End::of(allowed, "bans, licences or sources: see above")
}

/// Advisories, where their database can be had.
pub(super) fn advisories(_: Options) -> End {
    let Some(deny) = find().or_else(install) else {
        return End::Skipped(missing());
    };
    if let Err(why) = fetch(command(&deny).args(["fetch", "db"])) {
        return End::Skipped(format!("the database could not be fetched: {why}"));
    }
    let none = succeeds(command(&deny).args(["check", "--disable-fetch", "advisories"]));
    End::of(none, "an advisory applies: see above")
}

fn missing() -> String {
    format!(
        "`cargo-deny` is missing and could not be built: get it with `cargo install cargo-deny \
         --version {VERSION} --locked`"
    )
}

fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

/// The program on the path, or the one that was built here before.
fn find() -> Option<PathBuf> {
    let built = executable(&tools().join("bin"), "cargo-deny");
    [PathBuf::from("cargo-deny"), built]
        .into_iter()
        .find(|program| answers(program, &["--version"]))
}

fn tools() -> PathBuf {
    crate::tree::root().join("target").join("tools")
}

/// Builds the program below `target`: some three minutes of one core.
fn install() -> Option<PathBuf> {
    println!("building `cargo-deny` {VERSION}, once\n");
    let work = tools().join("build");
    let mut cargo = command("cargo");
    cargo.args(["install", "cargo-deny", "--version", VERSION, "--locked", "--root"]);
    cargo.arg(tools()).arg("--target-dir").arg(&work);
    let built = succeeds(&mut cargo);
    // What is left of the build is of no further use, and large. If it stays, nothing breaks.
    drop(std::fs::remove_dir_all(&work));
    built.then(find).flatten()
}

/// Runs a command for a limited time; on failure says the last line it wrote.
fn fetch(command: &mut Command) -> Result<(), String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let (tell, told) = mpsc::channel();
    if let Some(mut stream) = child.stderr.take() {
        thread::spawn(move || {
            let mut said = Vec::new();
            let read = stream.read_to_end(&mut said);
            // The other end is gone only when the time is over, and then nobody listens.
            drop(tell.send(read.map(|_| String::from_utf8_lossy(&said).into_owned())));
        });
    }
    let said = told.recv_timeout(FETCH_MAX);
    if said.is_err() {
        drop(child.kill());
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match said {
        Err(_) => Err(format!("nothing came in {} s", FETCH_MAX.as_secs())),
        Ok(_) if status.success() => Ok(()),
        Ok(text) => Err(reason(&text.unwrap_or_default())),
    }
}

/// The last line with something on it, short enough for a table.
fn reason(said: &str) -> String {
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty());
    line.unwrap_or("no reason given").chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_that_fails_gives_its_last_line() {
        assert_eq!(
            reason("error: a\n  caused by: no route to host\n\n"),
            "caused by: no route to host"
        );
        assert_eq!(reason(""), "no reason given");
        assert!(fetch(command("cargo").arg("no-such-command-of-cargo")).is_err());
        assert!(fetch(&mut command("avouch-no-such-program")).is_err());
    }

    #[test]
    fn a_fetch_that_works_says_nothing() {
        assert_eq!(fetch(command("cargo").arg("--version")), Ok(()));
    }
}
