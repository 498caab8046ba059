//! Function-level authorization: is it asked who may do this at all?

use crate::check::Check;

/// The family's checks.
pub const CHECKS: &[Check] = &[];
