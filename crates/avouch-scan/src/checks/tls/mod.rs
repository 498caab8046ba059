//! Transport: can what travels be read or changed on its way?

use crate::check::Check;

mod certificate_faulty;
mod cleartext_served;
mod hsts_missing;
mod old_versions;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[cleartext_served::CHECK, old_versions::CHECK, certificate_faulty::CHECK, hsts_missing::CHECK];
