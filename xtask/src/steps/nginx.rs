//! The step `nginx`: what that parser makes of our corpus, and of what we forward.

use super::{End, Options, left_out};

/// Runs the tests that need it.
pub(super) fn run(_: Options) -> End {
    let passed = left_out::pass(&["--test", "gateway"], "nginx::");
    End::of(passed, "nginx reads something in another way than we do")
}
