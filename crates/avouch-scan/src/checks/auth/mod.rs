//! Authentication: is a credential needed, and is it looked at?

use crate::check::Check;

mod authorization_server;
mod bends;
mod bent_path;
mod credential_in_url;
mod guessing_unlimited;
mod head_unguarded;
mod limit_evaded;
mod logout_ignored;
mod long_lived;
mod not_enforced;
mod open_sensitive;
mod presence_only;
mod redirect_unchecked;
mod spare;
mod trusted_header;
mod user_enumerable;
mod weak_metadata;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    not_enforced::CHECK,
    presence_only::CHECK,
    open_sensitive::CHECK,
    bent_path::CHECK,
    credential_in_url::CHECK,
    trusted_header::CHECK,
    head_unguarded::CHECK,
    logout_ignored::CHECK,
    long_lived::CHECK,
    guessing_unlimited::CHECK,
    limit_evaded::CHECK,
    user_enumerable::CHECK,
    weak_metadata::CHECK,
    redirect_unchecked::CHECK,
];
