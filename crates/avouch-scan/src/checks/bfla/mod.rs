//! Function-level authorization: is it asked who may do this at all?

use crate::check::Check;

mod administrators;
mod claimed_role;
mod hidden_admin;
mod hidden_verb;
mod low_reads_high;
mod low_writes_high;
mod method_override;
mod nobody_writes;
mod role_after_body;
mod role_given;
mod scope_unchecked;
mod verbs_disagree;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    low_reads_high::CHECK,
    role_after_body::CHECK,
    low_writes_high::CHECK,
    verbs_disagree::CHECK,
    nobody_writes::CHECK,
    method_override::CHECK,
    hidden_verb::CHECK,
    hidden_admin::CHECK,
    claimed_role::CHECK,
    scope_unchecked::CHECK,
    role_given::CHECK,
];
