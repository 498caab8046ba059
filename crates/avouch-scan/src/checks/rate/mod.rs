//! Resource consumption: what does one caller get, and is it told when that is too much?

use crate::check::Check;

mod no_signal;
mod page_size;

/// The family's checks.
pub const CHECKS: &[Check] = &[no_signal::CHECK, page_size::CHECK];
