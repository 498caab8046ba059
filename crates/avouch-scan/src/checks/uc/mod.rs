//! Unsafe consumption: does the API lean on others without looking?

use crate::check::Check;

mod insecure_third_party;
mod upstream_secret;

/// The family's checks.
pub const CHECKS: &[Check] = &[insecure_third_party::CHECK, upstream_secret::CHECK];
