//! Tests that the ordinary run leaves out, since they need more than a compiler.

use super::count::of_cargo_test;
use crate::processes::command;
use std::process::Stdio;

/// Runs those of a target, such as `--test cli`, whose names begin like this. Whether there are any, and
/// all passed. A crate by itself would have other features, and with them its dependencies compiled
/// again: so it is the whole workspace whose target is named.
pub(super) fn pass(target: &[&str], names: &str) -> bool {
    let mut tests = command("cargo");
    tests.args(["test", "--quiet", "--locked", "--workspace"]).args(target);
    tests.args(["--", "--ignored", names]).stderr(Stdio::inherit());
    let Ok(output) = tests.output() else { return false };
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    let counts = of_cargo_test(&said);
    output.status.success() && counts.is_some_and(|counts| counts.passed > 0)
}
