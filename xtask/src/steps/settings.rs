//! The step `settings`: which test shows each key of the gateway's configuration to bite.
//!
//! The tests themselves are run by the step `tests`. This one prints the list that is derived from the
//! types of the settings, and with `--long` takes each key away to see its test fail.

use super::count::of_cargo_test;
use super::{Detail, End, Options};
use crate::processes::command;
use std::process::Stdio;

/// Prints the list, and fails when a key has neither a test nor a reason.
pub(super) fn run(options: Options) -> End {
    if !runs(&["every_key_that_protects_is_shown_to_bite"]) {
        return failed("a key has neither a test nor a reason: see above");
    }
    if options.long && !runs(&["--ignored", "a_test_fails_when_its_key_is_ignored"]) {
        return failed("a test passes although its key is ignored: see above");
    }
    End::Passed(Detail::default())
}

fn failed(note: &str) -> End {
    End::Failed(Detail { note: note.to_owned(), counts: None })
}

/// Whether one test runs and passes. It says itself what it has to say.
fn runs(which: &[&str]) -> bool {
    let mut tests = command("cargo");
    tests.args(["test", "--quiet", "--locked", "--workspace", "--test", "settings", "--"]);
    tests.arg("--nocapture").args(which).stderr(Stdio::inherit());
    let Ok(output) = tests.output() else { return false };
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    // A name that means no test passes as well.
    output.status.success() && of_cargo_test(&said).is_some_and(|counts| counts.passed == 1)
}
