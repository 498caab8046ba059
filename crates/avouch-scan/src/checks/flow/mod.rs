//! Business flows: does what may happen once happen once, and is less than nothing refused?

use crate::check::Check;

mod less_than_nothing;
mod once_only_race;

/// The family's checks.
pub const CHECKS: &[Check] = &[once_only_race::CHECK, less_than_nothing::CHECK];
