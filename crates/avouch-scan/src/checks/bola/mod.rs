//! Object-level authorization: is it asked whose object it is?

use crate::check::Check;

mod alive_after_delete;
mod belonging;
mod canary_read;
mod control;
mod foreign_delete;
pub(crate) mod foreign_read;
mod foreign_update;
mod guessable_ids;
mod list_leak;
mod neighbour_read;
mod searched;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    foreign_read::CHECK,
    canary_read::CHECK,
    foreign_update::CHECK,
    foreign_delete::CHECK,
    list_leak::CHECK,
    neighbour_read::CHECK,
    guessable_ids::CHECK,
    alive_after_delete::CHECK,
];
