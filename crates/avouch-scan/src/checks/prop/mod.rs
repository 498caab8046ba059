//! Property-level authorization: which fields are given away, and which may be set?

use crate::check::Check;

/// The family's checks.
pub const CHECKS: &[Check] = &[];
