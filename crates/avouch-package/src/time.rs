//! Times as people read them: RFC 3339 in UTC with milliseconds.

use jiff::Timestamp;

/// A time in milliseconds since 1970 as text; as a number where it is beyond the calendar.
pub fn text(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.map_or_else(|| ms.to_string(), |time| format!("{time:.3}"))
}

/// A time to the minute, for people who read and do not compute.
pub fn minute(ms: u64) -> String {
    let text = text(ms);
    match text.split_once('T').map(|(day, time)| (day, time.get(..5))) {
        Some((day, Some(minute))) => format!("{day} {minute} UTC"),
        _ => text,
    }
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
        assert_eq!(minute(1_767_225_660_123), "2026-01-01 00:01 UTC");
        assert_eq!(minute(u64::MAX), u64::MAX.to_string());
    }
}
