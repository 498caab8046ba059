//! Object-level authorization: is it asked whose object it is?

use crate::check::Check;

mod account_change;
mod alive_after_delete;
mod belonging;
mod canary_read;
mod control;
mod existence_told;
mod file_by_address;
mod foreign_child;
mod foreign_delete;
pub(crate) mod foreign_read;
mod foreign_update;
mod foreign_write;
mod guessable_ids;
mod list_leak;
mod named_otherwise;
mod neighbour_read;
mod odd_request;
mod other_account;
mod other_tenant;
mod searched;
mod sidestep;
mod swap;
mod target;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    foreign_read::CHECK,
    canary_read::CHECK,
    foreign_update::CHECK,
    foreign_delete::CHECK,
    list_leak::CHECK,
    foreign_child::CHECK,
    named_otherwise::CHECK,
    odd_request::CHECK,
    other_tenant::CHECK,
    sidestep::CHECK,
    neighbour_read::CHECK,
    guessable_ids::CHECK,
    existence_told::CHECK,
    file_by_address::CHECK,
    alive_after_delete::CHECK,
    other_account::CHECK,
];
