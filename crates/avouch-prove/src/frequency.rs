//! How often something has to happen, and the windows of a period that follow from it.

use crate::period::Period;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How often something has to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frequency {
    /// All the time; it is looked at once a day.
    Continuous,
    /// Once an hour.
    Hourly,
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
    /// Once a month.
    Monthly,
    /// Once in three months.
    Quarterly,
    /// Once in twelve months.
    Annual,
    /// Each time that something happens; how often that is, only the ledger can say.
    PerEvent,
}

/// LIMIT: windows of a period: 20 years of hours.
const WINDOWS_MAX: usize = 176_000;

impl Frequency {
    /// The word for it, as in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Continuous => "continuous",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Annual => "annual",
            Self::PerEvent => "per-event",
        }
    }

    /// The length of so many intervals; `None` for what has no interval.
    fn span(self, count: i64) -> Option<Span> {
        let span = Span::new();
        match self {
            Self::Hourly => span.try_hours(count),
            Self::Continuous | Self::Daily => span.try_days(count),
            Self::Weekly => span.try_weeks(count),
            Self::Monthly => span.try_months(count),
            Self::Quarterly => span.try_months(count.checked_mul(3)?),
            Self::Annual => span.try_years(count),
            Self::PerEvent => return None,
        }
        .ok()
    }

    /// The moment so many intervals after another one.
    fn after(self, from: DateTime, count: i64) -> Option<u64> {
        let moment = from.checked_add(self.span(count)?).ok()?;
        let moment: Timestamp = moment.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp();
        u64::try_from(moment.as_millisecond()).ok()
    }

    /// When it is due again after it happened; `None` when nothing is due by itself.
    pub fn due_ms(self, last_ms: u64) -> Option<u64> {
        self.after(civil(last_ms)?, 1)
    }

    /// The windows of a period in each of which it has to happen, whole ones only. A period that is
    /// shorter than the interval is one window. None when nothing is due by itself.
    pub fn windows(self, period: Period) -> Vec<Period> {
        let (Some(begin), true) = (civil(period.from_ms), self != Self::PerEvent) else {
            return Vec::new();
        };
        let mut windows = Vec::new();
        let mut from_ms = period.from_ms;
        for count in 1..=WINDOWS_MAX {
            let end = i64::try_from(count).ok().and_then(|count| self.after(begin, count));
            let Some(to_ms) = end.filter(|end| *end <= period.to_ms && *end > from_ms) else {
                break;
            };
            windows.push(Period { from_ms, to_ms });
            from_ms = to_ms;
        }
        if windows.is_empty() { vec![period] } else { windows }
    }

    /// How often it has to happen in a period; `None` when only the ledger can say.
    pub fn expected(self, period: Period) -> Option<u64> {
        match self {
            Self::PerEvent => None,
            _ => u64::try_from(self.windows(period).len()).ok(),
        }
    }
}

impl std::fmt::Display for Frequency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

fn civil(at_ms: u64) -> Option<DateTime> {
    let at = Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(at.to_zoned_datetime(TimeZone::UTC).datetime())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_as_many_occurrences_as_the_calendar_says() {
        let year = Period::of_days("2026-01-01", "2026-12-31").unwrap();
        let expected = |frequency: Frequency| frequency.expected(year);
        assert_eq!(expected(Frequency::Hourly), Some(8760));
        assert_eq!(expected(Frequency::Daily), Some(365));
        assert_eq!(expected(Frequency::Weekly), Some(52));
        assert_eq!(expected(Frequency::Monthly), Some(12));
        assert_eq!(expected(Frequency::Quarterly), Some(4));
        assert_eq!(expected(Frequency::Annual), Some(1));
        assert_eq!(expected(Frequency::PerEvent), None);
    }

    #[test]
    fn months_end_with_their_month_and_not_after_thirty_days() {
        let half = Period::of_days("2026-01-31", "2026-07-31").unwrap();
        let ends: Vec<String> = Frequency::Monthly
            .windows(half)
            .iter()
            .map(|window| crate::period::date(window.to_ms))
            .collect();
        assert_eq!(
            ends,
            ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31"]
        );
    }

    #[test]
    fn a_period_shorter_than_the_interval_is_one_window() {
        let week = Period::of_days("2026-01-01", "2026-01-07").unwrap();
        assert_eq!(Frequency::Annual.windows(week), [week]);
        assert!(Frequency::PerEvent.windows(week).is_empty());
    }
}
