//! Inventory: is it known what is there, and is what is there wanted?

use crate::check::Check;

mod changed_since;
mod debug_parameter;
mod deprecated_live;
mod documents_exposed;
mod drifted;
mod grpc_reflection;
mod old_version;
mod shadow_endpoint;
mod shape;
mod test_host;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    documents_exposed::CHECK,
    shadow_endpoint::CHECK,
    old_version::CHECK,
    deprecated_live::CHECK,
    test_host::CHECK,
    drifted::CHECK,
    grpc_reflection::CHECK,
    debug_parameter::CHECK,
    changed_since::CHECK,
];
