//! Data exposure: is more shown than the reader should see?

use crate::check::Check;

mod cache_shared;
mod cacheable_private;
mod hash_shown;
mod open_lists;
mod others_personal_data;
pub(in crate::checks) mod people;
mod personal_in_address;
mod private_reads;
mod reads;
mod secret_on_page;
mod secret_shown;
pub(in crate::checks) mod secrets;
mod stack_trace;
mod topology;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    others_personal_data::CHECK,
    secret_shown::CHECK,
    stack_trace::CHECK,
    hash_shown::CHECK,
    secret_on_page::CHECK,
    topology::CHECK,
    cacheable_private::CHECK,
    cache_shared::CHECK,
    open_lists::CHECK,
    personal_in_address::CHECK,
];
