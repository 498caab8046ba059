//! Data exposure: is more shown than the reader should see?

use crate::check::Check;

mod hash_shown;
mod others_personal_data;
mod people;
mod reads;
mod secret_shown;
mod stack_trace;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[others_personal_data::CHECK, secret_shown::CHECK, stack_trace::CHECK, hash_shown::CHECK];
