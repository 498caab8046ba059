//! The one place where the shop reads the time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 (UTC). Zero if the machine's clock stands before it.
#[expect(clippy::disallowed_methods, reason = "the shop's one clock")]
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_secs())
}

/// Nanoseconds since 1970 (UTC), cut to 64 bits: for values that must differ on each answer.
#[expect(clippy::disallowed_methods, reason = "the shop's one clock")]
pub(crate) fn unix_nanos() -> u64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    passed.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(passed.subsec_nanos()))
}
