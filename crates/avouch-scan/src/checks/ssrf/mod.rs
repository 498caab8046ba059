//! Server-side request forgery: can a caller choose where the server goes?

use crate::check::Check;

mod chosen_address_fetched;
mod header_address_fetched;
mod inner_answer_shown;
pub(super) mod planting;
mod redirect_followed;
pub(super) mod url_input;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    chosen_address_fetched::CHECK,
    header_address_fetched::CHECK,
    inner_answer_shown::CHECK,
    redirect_followed::CHECK,
];
