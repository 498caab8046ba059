//! Data exposure: is more shown than the reader should see?

use crate::check::Check;

mod hash_shown;
mod others_personal_data;
mod people;
mod reads;
mod secret_on_page;
mod secret_shown;
mod secrets;
mod stack_trace;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    others_personal_data::CHECK,
    secret_shown::CHECK,
    stack_trace::CHECK,
    hash_shown::CHECK,
    secret_on_page::CHECK,
];
