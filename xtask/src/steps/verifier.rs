//! The step `verifier`: the tests of the verifier in Python, which knows the format's document only, and
//! its cases of tampering on logs of either writer, judged by both verifiers.

use super::{Detail, End, Options, left_out};
use crate::processes::{command, executable};
use crate::steps::count::of_unittest;

/// Honest logs that must raise no alarm with `--long`; the tests' own number is smaller.
const HONEST_LOGS_LONG: &str = "1000";

/// Runs the unit tests below `verify`, with the program at hand, so that both verifiers are judged by
/// the same cases.
pub(super) fn run(options: Options) -> End {
    let built =
        command("cargo").args(["build", "--quiet", "--workspace", "--bin", "avouch"]).status();
    if !built.is_ok_and(|status| status.success()) {
        let note = "`avouch` could not be built".to_owned();
        return End::Failed(Detail { note, counts: None });
    }
    let mut python = command("python3");
    python.args(["-B", "-m", "unittest"]).current_dir(crate::tree::root().join("verify"));
    python.env("AVOUCH", executable(&crate::tree::root().join("target/debug"), "avouch"));
    if options.long {
        python.env("AVOUCH_HONEST_LOGS", HONEST_LOGS_LONG);
    }
    let output = match python.output() {
        Ok(output) => output,
        Err(error) => return End::Skipped(format!("cannot start `python3`: {error}")),
    };
    // The runner says all it has to say on its error output.
    let said = String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    let counts = of_unittest(&said);
    let note = if !output.status.success() {
        "run `python3 -m unittest` in `verify`"
    } else if !both_agree() {
        "run `cargo test -p avouch-ledger --lib -- --ignored verify::corpus::`"
    } else {
        return End::Passed(Detail { note: String::new(), counts });
    };
    End::Failed(Detail { note: note.to_owned(), counts })
}

/// Whether both verifiers judge each case of tampering as they must, whoever wrote the log.
fn both_agree() -> bool {
    left_out::pass(&["--lib"], "verify::corpus::")
}
