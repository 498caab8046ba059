//! The step `acme`: certificates of a real authority, Pebble, for the real gateway.

use super::{End, Options, left_out};

/// Runs the tests that need it.
pub(super) fn run(_: Options) -> End {
    let passed = left_out::pass(&["--test", "settings"], "pebble::");
    End::of(passed, "a certificate of the authority was not had, not used or not kept")
}
