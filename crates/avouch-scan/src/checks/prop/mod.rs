//! Property-level authorization: which fields are given away, and which may be set?

use crate::check::Check;

mod mass_assignment;
mod own_record;
mod privilege_assignable;
mod privileged;
mod registering;
mod rights;
mod sensitive;
mod undescribed;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[undescribed::CHECK, sensitive::CHECK, mass_assignment::CHECK, privilege_assignable::CHECK];
