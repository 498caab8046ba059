//! Names of logs, of retention classes, of days.

use crate::merkle::Hash;
use std::fmt;

/// LIMIT: the most bytes of a log's name.
const ORIGIN_BYTES_MAX: usize = 200;

/// LIMIT: the most bytes of the name of a retention class.
const CLASS_BYTES_MAX: usize = 32;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The name of a log, which no statement of ours can be mistaken for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

/// A text cannot name a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a log has 1 to 200 letters, digits and `._~/-`, and does not begin with `avouch/`"
)]
pub struct OriginError;

impl Origin {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~/-".contains(&byte);
        let reserved = text.starts_with("avouch/") || text == "cosignature/v1";
        let fits = (1..=ORIGIN_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain);
        if fits && !reserved { Ok(Self(text.to_owned())) } else { Err(OriginError) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands for the name in binary structures.
    pub fn hash(&self) -> Hash {
        Hash::of(self.0.as_bytes())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text names a retention class: `[a-z0-9][a-z0-9.-]{0,31}`.
pub fn is_class(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=CLASS_BYTES_MAX).contains(&text.len())
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || byte == b'.' || byte == b'-')
}

/// A day in UTC, by its number since 1970-01-01. It prints as `2026-11-25`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u64);

impl Day {
    /// LIMIT: the last day that can be written with four digits of year: 9999-12-31.
    const LAST: u64 = 2_932_896;

    /// The day of a time in milliseconds since 1970; what is later than year 9999 is its last day.
    pub fn of_ms(time_ms: u64) -> Self {
        Self((time_ms / DAY_MS).min(Self::LAST))
    }

    /// When the day begins, in milliseconds since 1970.
    pub fn begin_ms(self) -> u64 {
        self.0 * DAY_MS
    }

    /// When the day is over, in milliseconds since 1970.
    pub fn end_ms(self) -> u64 {
        (self.0 + 1) * DAY_MS
    }

    /// Reads `2026-11-25`. Strict: the day must exist.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |text: &str, digits: usize| -> Option<u64> {
            let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
            if plain { text.parse().ok() } else { None }
        };
        let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
        let fits = parts.next().is_none() && year >= 1970 && (1..=12).contains(&month) && day >= 1;
        let read = Self(fits.then(|| days_before(year, month) + day - 1)?);
        (read.to_string() == text).then_some(read)
    }

    fn civil(self) -> (u64, u64, u64) {
        // Years are found from the average and put right by at most one.
        let mut year = 1970 + self.0 * 400 / 146_097;
        while days_before(year, 1) > self.0 {
            year -= 1;
        }
        while days_before(year + 1, 1) <= self.0 {
            year += 1;
        }
        let month = (1..=12).rev().find(|month| days_before(year, *month) <= self.0).unwrap_or(1);
        (year, month, self.0 - days_before(year, month) + 1)
    }

    /// The quarter of the year, such as `2026-Q4`.
    pub fn quarter(self) -> String {
        let (year, month, _) = self.civil();
        format!("{year:04}-Q{}", (month - 1) / 3 + 1)
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days from 1970-01-01 to the first of a month.
fn days_before(year: u64, month: u64) -> u64 {
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leaps(year - 1) - leaps(1969);
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: u64 = lengths.iter().zip(1..month).map(|(days, _)| days).sum();
    years + months
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(Day::of_ms(0).to_string(), "1970-01-01");
        assert_eq!(Day::of_ms(951_782_400_000).to_string(), "2000-02-29");
        assert_eq!(Day::of_ms(1_795_564_800_000).to_string(), "2026-11-25");
        assert_eq!(Day::of_ms(u64::MAX).to_string(), "9999-12-31");
        assert_eq!(Day::of_ms(1_795_564_800_000).quarter(), "2026-Q4");
        assert_eq!(Day::of_ms(5).end_ms(), 86_400_000);
    }

    #[test]
    fn every_day_is_read_back() {
        for number in (0..Day::LAST).step_by(97).chain([Day::LAST]) {
            assert_eq!(Day::parse(&Day(number).to_string()), Some(Day(number)));
        }
        for wrong in
            ["2026-02-29", "2026-2-01", "1969-12-31", "2026-13-01", "2026-11-25-", "+026-01-01"]
        {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_statement_of_ours_is_no_name_of_a_log() {
        assert!(Origin::parse("example.com/log").is_ok());
        for wrong in ["", "avouch/approve/v1", "cosignature/v1", "a b", "a+b", "é"] {
            assert_eq!(Origin::parse(wrong), Err(OriginError), "{wrong}");
        }
        assert!(is_class("default") && is_class("a.b-1"));
        assert!(!is_class("") && !is_class("-a") && !is_class("*") && !is_class("A"));
    }
}
