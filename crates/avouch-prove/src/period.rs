//! The time that an assessment is about.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A span of time: from a moment on, up to another one that is no longer part of it. Milliseconds
/// since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub from_ms: u64,
    /// The moment behind the last one.
    pub to_ms: u64,
}

/// Why a text is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// A day is not one.
    #[error("`{0}` is not a day")]
    Day(String),
    /// It ends before it begins.
    #[error("the period ends before it begins")]
    Empty,
}

impl Period {
    /// A span that is not empty.
    pub fn new(from_ms: u64, to_ms: u64) -> Result<Self, PeriodError> {
        if from_ms < to_ms { Ok(Self { from_ms, to_ms }) } else { Err(PeriodError::Empty) }
    }

    /// The period of whole days, the last one included: `2026-01-01` to `2026-12-31`.
    pub fn of_days(first: &str, last: &str) -> Result<Self, PeriodError> {
        let behind = day(last)?.tomorrow().map_err(|_| PeriodError::Day(last.to_owned()))?;
        let begin = |day: Date| begin_ms(day).ok_or_else(|| PeriodError::Day(day.to_string()));
        Self::new(begin(day(first)?)?, begin(behind)?)
    }

    /// It as far as it has passed at a moment; `None` when it has not begun.
    pub fn until(self, now_ms: u64) -> Option<Self> {
        Self::new(self.from_ms, self.to_ms.min(now_ms)).ok()
    }

    /// Whether a moment is in it.
    pub fn holds(self, at_ms: u64) -> bool {
        (self.from_ms..self.to_ms).contains(&at_ms)
    }

    /// Whether a span that may be open at both ends touches it. The end of the span is part of it.
    pub fn touches(self, from_ms: Option<u64>, to_ms: Option<u64>) -> bool {
        from_ms.is_none_or(|from| from < self.to_ms) && to_ms.is_none_or(|to| to >= self.from_ms)
    }

    /// Its length in milliseconds.
    pub fn length_ms(self) -> u64 {
        self.to_ms.saturating_sub(self.from_ms)
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", date(self.from_ms), date(self.to_ms.saturating_sub(1)))
    }
}

fn day(text: &str) -> Result<Date, PeriodError> {
    text.parse().map_err(|_| PeriodError::Day(text.to_owned()))
}

fn begin_ms(day: Date) -> Option<u64> {
    let begin = day.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
    u64::try_from(begin.as_millisecond()).ok()
}

/// The day of a moment, such as `2026-11-26`.
pub fn date(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.map_or_else(
        || format!("{at_ms} ms"),
        |at| at.to_zoned_datetime(TimeZone::UTC).date().to_string(),
    )
}

/// The first moment of a day, such as `2026-11-26`, in milliseconds since 1970.
pub fn day_begin_ms(text: &str) -> Result<u64, PeriodError> {
    begin_ms(day(text)?).ok_or_else(|| PeriodError::Day(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_of_days_has_its_last_day() {
        let period = Period::of_days("2026-01-01", "2026-12-31").unwrap();
        assert_eq!(period.length_ms(), 365 * 86_400_000);
        assert_eq!(period.to_string(), "2026-01-01 to 2026-12-31");
        assert!(period.holds(period.from_ms) && !period.holds(period.to_ms));
    }

    #[test]
    fn what_is_no_period_is_refused() {
        assert_eq!(
            Period::of_days("2026-02-30", "2026-03-01"),
            Err(PeriodError::Day("2026-02-30".into()))
        );
        assert_eq!(Period::of_days("2026-03-02", "2026-03-01"), Err(PeriodError::Empty));
        assert!(Period::of_days("9999-12-31", "9999-12-31").is_err());
    }

    #[test]
    fn a_span_touches_what_it_overlaps() {
        let period = Period::new(100, 200).unwrap();
        assert!(period.touches(None, None) && period.touches(Some(199), None));
        assert!(period.touches(None, Some(100)) && !period.touches(None, Some(99)));
        assert!(!period.touches(Some(200), Some(300)));
    }
}
