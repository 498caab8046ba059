//! The step `nginx`: what that parser makes of our corpus, and of what we forward.

use super::{End, Options};
use crate::processes::command;

/// Runs the tests that need it.
pub(super) fn run(_: Options) -> End {
    let mut tests = command("cargo");
    tests.args(["test", "--quiet", "--package", "avouch-gateway", "--test", "gateway", "--"]);
    tests.args(["--ignored", "--test-threads=1", "nginx::"]);
    let passed = tests.status().is_ok_and(|status| status.success());
    End::of(passed, "nginx reads something in another way than we do")
}
