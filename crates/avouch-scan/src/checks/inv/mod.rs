//! Inventory: is it known what is there, and is what is there wanted?

use crate::check::Check;

mod deprecated_live;
mod documents_exposed;
mod shadow_endpoint;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[documents_exposed::CHECK, shadow_endpoint::CHECK, deprecated_live::CHECK];
