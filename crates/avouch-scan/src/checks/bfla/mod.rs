//! Function-level authorization: is it asked who may do this at all?

use crate::check::Check;

mod hidden_admin;
mod low_reads_high;
mod nobody_writes;
mod verbs_disagree;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[low_reads_high::CHECK, hidden_admin::CHECK, nobody_writes::CHECK, verbs_disagree::CHECK];
