//! Times as people read them: RFC 3339 in UTC with milliseconds.

use jiff::Timestamp;

/// A time in milliseconds since 1970 as text; as a number where it is beyond the calendar.
pub fn text(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| ms.to_string(), |time| format!("{time:.3}"))
}

/// The day of a time.
pub fn day(ms: u64) -> String {
    text(ms).chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_milliseconds() {
        assert_eq!(text(1_767_225_600_000), "2026-01-01T00:00:00.000Z");
        assert_eq!(day(1_767_225_600_123), "2026-01-01");
    }
}
