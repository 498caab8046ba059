//! The step `verifier`: the tests of the verifier in Python, which knows the format's document only, and
//! its cases of tampering on logs of either writer, judged by both verifiers.

use super::packages::MODULES;
use super::{Detail, End, Options, left_out};
use crate::processes::{built_avouch, command};
use crate::steps::count::of_unittest;

/// Honest logs that must raise no alarm with `--long`; the tests' own number is smaller.
const HONEST_LOGS_LONG: &str = "1000";

/// The tests below `verify`, but for those of the step `packages`.
fn modules() -> anyhow::Result<Vec<String>> {
    let mut modules = Vec::new();
    for entry in std::fs::read_dir(crate::tree::root().join("verify/tests"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(module) = name.strip_suffix(".py").filter(|name| name.starts_with("test_")) {
            modules.push(format!("tests.{module}"));
        }
    }
    modules.retain(|module| !MODULES.contains(&module.as_str()));
    modules.sort();
    Ok(modules)
}

/// Runs the unit tests below `verify`, with the program at hand, so that both verifiers are judged by
/// the same cases.
pub(super) fn run(options: Options) -> End {
    let (avouch, modules) = match built_avouch().and_then(|avouch| Ok((avouch, modules()?))) {
        Ok(both) => both,
        Err(why) => return End::Failed(Detail { note: why.to_string(), counts: None }),
    };
    let mut python = command("python3");
    python.args(["-B", "-m", "unittest"]).args(modules);
    python.current_dir(crate::tree::root().join("verify")).env("AVOUCH", avouch);
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
