//! Dates as S3 writes them.

use avouch_ledger::format::Day;

const SECOND_MS: u64 = 1000;
const DAY_S: u64 = 24 * 60 * 60;

/// A time in seconds as `20261126T022500Z`.
pub(super) fn basic(time_s: u64) -> String {
    extended(time_s).chars().filter(|c| !"-:".contains(*c)).collect()
}

/// A time in seconds as `2026-11-26T02:25:00Z`.
pub(super) fn extended(time_s: u64) -> String {
    let day = Day::of_ms(time_s.saturating_mul(SECOND_MS));
    let within = time_s % DAY_S;
    let (hours, minutes, seconds) = (within / 3600, within / 60 % 60, within % 60);
    format!("{day}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

/// Milliseconds since 1970 of `2026-11-26T02:25:00Z`, with or without a fraction.
pub(super) fn parse_ms(text: &str) -> Option<u64> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let number = |part: &str| part.parse::<u64>().ok().filter(|number| *number <= 60);
    let mut parts = time.split(':').map(number);
    let mut part = || parts.next().flatten();
    let seconds = part()? * 3600 + part()? * 60 + part()?;
    let day = Day::parse(day)?;
    Some(day.begin_ms() + seconds * SECOND_MS + fraction.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        assert_eq!(basic(1_440_938_160), "20150830T123600Z");
        for time_s in [0, 1_440_938_160, 1_795_608_000, 4_102_444_799] {
            assert_eq!(parse_ms(&extended(time_s)), Some(time_s * 1000));
        }
        assert_eq!(parse_ms("2015-08-30T12:36:00.250Z"), Some(1_440_938_160_250));
        for bad in
            ["", "2015-08-30", "2015-08-30T12:36Z", "2015-08-30T1:2:xZ", "2015-13-30T12:36:00Z"]
        {
            assert_eq!(parse_ms(bad), None, "{bad}");
        }
    }
}
