//! Headers and cookies: do answers say what they are, and no more than they should?

use crate::check::Check;

mod browser_headers;
mod content_mistaken;
mod cookie_flags;
pub(in crate::checks) mod seen;
mod version_shown;

/// The family's checks.
pub const CHECKS: &[Check] =
    &[content_mistaken::CHECK, browser_headers::CHECK, version_shown::CHECK, cookie_flags::CHECK];
