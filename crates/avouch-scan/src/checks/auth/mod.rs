//! Authentication: is a credential needed, and is it looked at?

use crate::check::Check;

mod not_enforced;
mod presence_only;

/// The family's checks.
pub const CHECKS: &[Check] = &[not_enforced::CHECK, presence_only::CHECK];
