//! Injection: is what a caller sends taken for a part of a program?

use crate::check::Check;

mod command_run;
mod file_outside_root_readable;
mod login_attempts;
mod login_bypassed;
mod markup;
mod markup_reflected;
mod operators;
mod probe;
mod query_operator_evaluated;
mod redirect_to_anywhere;
mod session;
mod sql_condition_evaluated;
mod sql_forms;
mod sql_syntax_reached;
mod template_evaluated;
mod timed;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    sql_syntax_reached::CHECK,
    sql_condition_evaluated::CHECK,
    login_bypassed::CHECK,
    query_operator_evaluated::CHECK,
    command_run::CHECK,
    template_evaluated::CHECK,
    file_outside_root_readable::CHECK,
    markup_reflected::CHECK,
    redirect_to_anywhere::CHECK,
];
