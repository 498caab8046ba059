//! Unsafe consumption: does the API lean on others without looking?

use crate::check::Check;

mod delivery_unsigned;
mod event_replayed;
mod event_unsigned;
mod insecure_third_party;
mod upstream_secret;
mod webhook;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    event_unsigned::CHECK,
    event_replayed::CHECK,
    delivery_unsigned::CHECK,
    insecure_third_party::CHECK,
    upstream_secret::CHECK,
];
