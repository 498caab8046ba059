//! Resource consumption: what does one caller get, and is it told when that is too much?

use crate::check::Check;

mod burst;
mod limit_evaded;
mod no_signal;
mod page_size;
mod requests_unlimited;
mod whole_list;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    no_signal::CHECK,
    page_size::CHECK,
    whole_list::CHECK,
    requests_unlimited::CHECK,
    limit_evaded::CHECK,
];
