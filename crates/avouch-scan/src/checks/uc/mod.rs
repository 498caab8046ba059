//! Unsafe consumption: does the API lean on others without looking?

use crate::check::Check;

/// The family's checks.
pub const CHECKS: &[Check] = &[];
