//! Configuration: what does the host show that no caller needs?

use crate::check::Check;

mod debug_pages;
mod exposed;
mod files;
mod internals_exposed;
mod sensitive_file_served;
mod trace_enabled;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[trace_enabled::CHECK, internals_exposed::CHECK, sensitive_file_served::CHECK];
