//! Cross-origin sharing: which pages may read answers meant for the user in front of them?

use crate::check::Check;

mod ambient;
mod any_origin_trusted;
mod lookalike_origin_trusted;
mod subject;

/// The family's checks.
pub const CHECKS: &[Check] = &[any_origin_trusted::CHECK, lookalike_origin_trusted::CHECK];
