//! Business flows: does what may happen once happen once?

use crate::check::Check;

mod once_only_race;

/// The family's checks.
pub const CHECKS: &[Check] = &[once_only_race::CHECK];
