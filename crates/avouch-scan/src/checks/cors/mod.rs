//! Cross-origin sharing: which pages may read answers meant for the user in front of them?

use crate::check::Check;

pub(in crate::checks) mod ambient;
mod any_origin_trusted;
mod cached_origin;
mod lookalike_origin_trusted;
mod subject;
mod wildcard_on_data;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    any_origin_trusted::CHECK,
    lookalike_origin_trusted::CHECK,
    wildcard_on_data::CHECK,
    cached_origin::CHECK,
];
