//! Configuration: what does the host show that no caller needs?

use crate::check::Check;

mod debug_pages;
mod directory_listed;
mod exposed;
mod files;
mod host_trusted;
mod internals_exposed;
mod metadata_routed;
mod sensitive_file_served;
mod socket_of_any_site;
mod trace_enabled;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    trace_enabled::CHECK,
    internals_exposed::CHECK,
    sensitive_file_served::CHECK,
    host_trusted::CHECK,
    metadata_routed::CHECK,
    directory_listed::CHECK,
    socket_of_any_site::CHECK,
];
