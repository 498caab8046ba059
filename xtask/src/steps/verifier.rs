//! The step `verifier`: the tests of the verifier in Python, which knows the format's document only.

use super::{Detail, End, Options};
use crate::processes::{command, executable};
use crate::steps::count::of_unittest;

/// Honest logs that must raise no alarm with `--long`; the tests' own number is smaller.
const HONEST_LOGS_LONG: &str = "1000";

/// Runs the unit tests below `verify`, with the program at hand, so that both verifiers are judged by
/// the same cases.
pub(super) fn run(options: Options) -> End {
    let built = command("cargo").args(["build", "--quiet", "--package", "avouch"]).status();
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
    if output.status.success() {
        End::Passed(Detail { note: String::new(), counts })
    } else {
        let note = "run `python3 -m unittest` in `verify`".to_owned();
        End::Failed(Detail { note, counts })
    }
}
