//! Injection: is what a caller sends taken for a part of a program?

use crate::check::Check;

mod command_run;
mod entity_expanded;
mod file_outside_root_readable;
mod header_split;
mod input_unhandled;
mod login_attempts;
mod login_bypassed;
mod lookup_evaluated;
mod markup;
mod markup_reflected;
mod markup_stored;
mod operators;
mod probe;
mod prototype_polluted;
mod query_operator_evaluated;
mod redirect_to_anywhere;
mod serialized_object_held;
mod session;
mod sql_condition_evaluated;
mod sql_delay_obeyed;
mod sql_forms;
mod sql_syntax_reached;
mod template_evaluated;
mod timed;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    sql_syntax_reached::CHECK,
    sql_condition_evaluated::CHECK,
    sql_delay_obeyed::CHECK,
    login_bypassed::CHECK,
    query_operator_evaluated::CHECK,
    command_run::CHECK,
    template_evaluated::CHECK,
    entity_expanded::CHECK,
    file_outside_root_readable::CHECK,
    markup_reflected::CHECK,
    markup_stored::CHECK,
    header_split::CHECK,
    lookup_evaluated::CHECK,
    prototype_polluted::CHECK,
    serialized_object_held::CHECK,
    input_unhandled::CHECK,
    redirect_to_anywhere::CHECK,
];
