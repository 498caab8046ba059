//! The step that runs the tests.

use super::count::{Counts, of_cargo_test, of_nextest};
use super::{Detail, End, Options};
use crate::processes::{answers, command};
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::process::{Command, Stdio};

/// Cases each property is tried with under `--long`; the libraries' own default is 256.
const LONG_CASES: &str = "4096";

/// Tests that other steps run.
const OTHER_STEPS: [&str; 4] =
    ["provider::", "ocsf::published::", "verify::corpus::", "ignored::a_test_fails"];

pub(super) fn run(options: Options) -> End {
    let nextest = answers("cargo", &["nextest", "--version"]);
    if !nextest {
        println!("`cargo nextest` is not installed: using `cargo test`, which is slower\n");
    }
    let mut command = if nextest { with_nextest(options) } else { with_cargo_test(options) };
    if options.long {
        command.env("PROPTEST_CASES", LONG_CASES);
    }
    match run_and_read(&mut command, nextest) {
        Ok((success, said)) => {
            let counts = if nextest { of_nextest(&said) } else { of_cargo_test(&said) };
            judge(success, counts)
        }
        Err(error) => failed(format!("the runner could not be run: {error}"), None),
    }
}

fn with_nextest(options: Options) -> Command {
    let mut cargo = command("cargo");
    cargo.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast"]);
    cargo.args(["--status-level", "slow", "--final-status-level", "slow"]);
    if std::io::stderr().is_terminal() {
        cargo.args(["--color", "always"]);
    }
    if options.long {
        // The steps `provider`, `ocsf` and `verifier` see to what their tests need, and run them.
        let others = OTHER_STEPS.map(|tests| format!("not test(/^{tests}/)")).join(" and ");
        cargo.args(["--run-ignored", "all", "-E", &others]);
    }
    cargo
}

fn with_cargo_test(options: Options) -> Command {
    let mut cargo = command("cargo");
    cargo.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    if options.long {
        cargo.args(["--", "--include-ignored"]);
        cargo.args(OTHER_STEPS.into_iter().flat_map(|tests| ["--skip", tests]));
    }
    cargo
}

/// Runs a command, shows what it says while it says it, and keeps the stream with the summary:
/// standard error for nextest, standard output for `cargo test`.
fn run_and_read(command: &mut Command, nextest: bool) -> std::io::Result<(bool, String)> {
    if nextest {
        command.stderr(Stdio::piped());
    } else {
        command.stdout(Stdio::piped());
    }
    let mut child = command.spawn()?;
    let stream: Option<Box<dyn Read>> = match (child.stdout.take(), child.stderr.take()) {
        (Some(out), _) => Some(Box::new(out)),
        (None, Some(err)) => Some(Box::new(err)),
        (None, None) => None,
    };
    let mut said = String::new();
    for line in stream.into_iter().flat_map(|stream| BufReader::new(stream).split(b'\n')) {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        said.push_str(&line);
        said.push('\n');
    }
    Ok((child.wait()?.success(), said))
}

/// What the runner's exit and its count mean together. A count is passed on only when it explains
/// the exit: a run that broke off has counted too few.
fn judge(success: bool, counts: Option<Counts>) -> End {
    match (success, counts) {
        (_, None) => failed("the runner gave no count: see above".to_owned(), None),
        (true, Some(Counts { passed: 0, .. })) => failed("no test ran".to_owned(), None),
        (true, Some(counts)) if counts.failed == 0 => {
            End::Passed(Detail { note: describe(counts), counts: Some(counts) })
        }
        (false, Some(counts)) if counts.failed > 0 => failed(describe(counts), Some(counts)),
        (_, Some(_)) => failed("the runner's exit and its count disagree".to_owned(), None),
    }
}

fn failed(note: String, counts: Option<Counts>) -> End {
    End::Failed(Detail { note, counts })
}

fn describe(counts: Counts) -> String {
    let Counts { passed, failed, skipped } = counts;
    match skipped {
        0 => format!("{passed} passed, {failed} failed"),
        _ => format!("{passed} passed, {failed} failed, {skipped} left out: run with --long"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64) -> Counts {
        Counts { passed, failed, skipped: 0 }
    }

    #[test]
    fn a_run_without_a_count_fails() {
        assert!(matches!(judge(true, None), End::Failed(_)));
        assert!(matches!(judge(false, None), End::Failed(_)));
    }

    #[test]
    fn a_run_of_no_tests_fails() {
        assert!(matches!(judge(true, Some(counts(0, 0))), End::Failed(_)));
    }

    #[test]
    fn a_count_that_contradicts_the_exit_is_not_passed_on() {
        assert_eq!(judge(false, Some(counts(3, 0))).counts(), None);
        assert_eq!(judge(true, Some(counts(3, 1))).counts(), None);
        assert!(matches!(judge(true, Some(counts(3, 1))), End::Failed(_)));
    }

    #[test]
    fn a_count_that_explains_the_exit_is_passed_on() {
        assert_eq!(judge(true, Some(counts(3, 0))).counts(), Some(counts(3, 0)));
        assert!(matches!(judge(true, Some(counts(3, 0))), End::Passed(_)));
        assert_eq!(judge(false, Some(counts(3, 1))).counts(), Some(counts(3, 1)));
        assert!(matches!(judge(false, Some(counts(3, 1))), End::Failed(_)));
    }
}
