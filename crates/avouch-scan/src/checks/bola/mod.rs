//! Object-level authorization: is it asked whose object it is?

use crate::check::Check;

/// The family's checks.
pub const CHECKS: &[Check] = &[];
