//! Inventory: is it known what is there, and is what is there wanted?

use crate::check::Check;

/// The family's checks.
pub const CHECKS: &[Check] = &[];
