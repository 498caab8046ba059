//! Server-side request forgery: can a caller choose where the server goes?

use crate::check::Check;

mod chosen_address_fetched;
mod url_input;

/// The family's checks.
pub const CHECKS: &[Check] = &[chosen_address_fetched::CHECK];
