//! Authentication: is a credential needed, and is it looked at?

use crate::check::Check;

mod bends;
mod bent_path;
mod credential_in_url;
mod not_enforced;
mod open_sensitive;
mod presence_only;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    not_enforced::CHECK,
    presence_only::CHECK,
    open_sensitive::CHECK,
    bent_path::CHECK,
    credential_in_url::CHECK,
];
