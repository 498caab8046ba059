//! Transport: can what travels be read or changed on its way?

use crate::check::Check;

mod certificate_faulty;
mod cleartext_served;
mod client_certificate_ignored;
mod hsts_missing;
mod old_versions;
mod protocol_flaws;
mod suites;
mod weak_suites;

/// The family's checks.
pub const CHECKS: &[Check] = &[
    cleartext_served::CHECK,
    old_versions::CHECK,
    weak_suites::CHECK,
    certificate_faulty::CHECK,
    hsts_missing::CHECK,
    protocol_flaws::CHECK,
    client_certificate_ignored::CHECK,
];
