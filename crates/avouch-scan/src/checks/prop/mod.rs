//! Property-level authorization: which fields are given away, and which may be set?

use crate::check::Check;

mod assigning;
mod field_expansion;
mod mass_assignment;
mod mass_assignment_update;
mod own_record;
mod owner_rewritten;
mod privilege_assignable;
mod privileged;
mod registering;
mod role_blind;
mod sensitive;
mod undescribed;
pub(super) mod wishes;
mod write_only_returned;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    undescribed::CHECK,
    sensitive::CHECK,
    role_blind::CHECK,
    write_only_returned::CHECK,
    field_expansion::CHECK,
    mass_assignment::CHECK,
    mass_assignment_update::CHECK,
    privilege_assignable::CHECK,
    owner_rewritten::CHECK,
];
