//! The step `packages`: packages of evidence, judged by three verifiers, in a real browser too, and by a
//! program of others; and the package of a simulated year, walked by what auditors ask for.

use super::{Detail, End, Options};
use crate::processes::{built_avouch, command};
use crate::steps::count::of_unittest;
use std::path::Path;
use std::process::Command;

/// The program of others that reads OSCAL documents and seals, and its version.
const TRESTLE: &str = "compliance-trestle==5.2.0";

/// The tests that this step runs, which the step `verifier` leaves to it.
pub(super) const MODULES: [&str; 2] = ["tests.test_packages", "tests.test_year"];

/// Alters a good package in every way, and lets a package be read by others.
pub(super) fn run(_: Options) -> End {
    let root = crate::tree::root();
    let avouch = match built_avouch() {
        Ok(avouch) => avouch,
        Err(why) => return End::Failed(Detail { note: why.to_string(), counts: None }),
    };
    let folder = root.join("target/packages");
    let trestle = match trestle(&folder) {
        Ok(trestle) => trestle,
        Err(why) => return End::Skipped(why),
    };
    let mut python = command("python3");
    python.args(["-B", "-m", "unittest"]).args(MODULES).current_dir(root.join("verify"));
    python.env("AVOUCH", avouch);
    python.env("CHROMIUM", "chromium").env("TRESTLE", trestle);
    let output = match python.output() {
        Ok(output) => output,
        Err(error) => return End::Skipped(format!("cannot start `python3`: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    let counts = of_unittest(&said);
    if output.status.success() {
        return End::Passed(Detail { note: String::new(), counts });
    }
    let note = format!("run `python3 -m unittest {}` in `verify`", MODULES.join(" "));
    End::Failed(Detail { note, counts })
}

/// Installs it below `target`.
fn trestle(folder: &Path) -> Result<std::path::PathBuf, String> {
    let environment = folder.join("python");
    let (python, trestle) = (environment.join("bin/python"), environment.join("bin/trestle"));
    if !python.exists() {
        let mut made = command("python3");
        made.args(["-m", "venv"]).arg(&environment);
        done(made, "no environment of Python could be made: is `python3-venv` installed?")?;
    }
    let mut installed = Command::new(&python);
    installed.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", TRESTLE]);
    done(installed, "`pip` could not install `compliance-trestle`: no network?")?;
    Ok(trestle)
}

fn done(mut command: Command, otherwise: &str) -> Result<(), String> {
    let is_done = command.status().is_ok_and(|status| status.success());
    if is_done { Ok(()) } else { Err(otherwise.to_owned()) }
}
