//! GraphQL: what does one address with many questions behind it give away?

use crate::check::Check;

mod foreign_node;
mod schema_readable;

/// The family's checks.
pub const CHECKS: &[Check] = &[schema_readable::CHECK, foreign_node::CHECK];
