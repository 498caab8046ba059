//! Language models: who may speak to one, and what will it do?

use crate::check::Check;

mod chat;
mod model_open_to_anybody;

/// The family's checks.
pub const CHECKS: &[Check] = &[model_open_to_anybody::CHECK];
