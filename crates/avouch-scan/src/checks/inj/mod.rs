//! Injection: is what a caller sends taken for a part of a program?

use crate::check::Check;

mod file_outside_root_readable;
mod probe;
mod sql_condition_evaluated;
mod sql_forms;
mod sql_syntax_reached;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[sql_syntax_reached::CHECK, sql_condition_evaluated::CHECK, file_outside_root_readable::CHECK];
