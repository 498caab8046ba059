//! GraphQL: what does one address with many questions behind it give away?

use crate::check::Check;

mod asking;
mod deep_question;
mod foreign_node;
mod many_in_one;
mod other_path;
mod schema_readable;
mod subscription_open;
mod suggestions_given;
mod workings_shown;
mod written_by_get;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    schema_readable::CHECK,
    suggestions_given::CHECK,
    workings_shown::CHECK,
    many_in_one::CHECK,
    deep_question::CHECK,
    written_by_get::CHECK,
    foreign_node::CHECK,
    other_path::CHECK,
    subscription_open::CHECK,
];
