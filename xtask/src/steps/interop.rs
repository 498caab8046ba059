//! The step `interop`: what we publish, read by an implementation that is not ours.

use super::{End, Options, left_out};
use crate::processes::command;

/// Builds the other implementation below `target` and runs the tests that need it.
pub(super) fn run(_: Options) -> End {
    let root = crate::tree::root();
    let mut build = command("cargo");
    build.args(["build", "--quiet", "--locked", "--target-dir"]).arg(root.join("target/interop"));
    build.current_dir(root.join("verify/interop"));
    if !build.status().is_ok_and(|status| status.success()) {
        return End::Skipped("`verify/interop` could not be built: no network?".to_owned());
    }
    let passed = left_out::pass(&["--test", "cli"], "interop::");
    End::of(passed, "another implementation does not read what we publish, or we not what it does")
}
