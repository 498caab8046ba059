//! Whether something happened as often as it should.

use crate::assessment::{Gap, GapKind, Part, Procedure};
use crate::frequency::Frequency;
use crate::period::{Period, date};

/// Something that happened, and whether it went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The entry.
    pub index: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Whether it did not go well.
    pub failed: bool,
}

/// Holds what happened against the windows of a period. Windows in which nothing happened are a gap.
/// What is due by itself never, only has to be there once.
pub fn covered(what: &str, every: Frequency, period: Period, ran: &[Ran]) -> Part {
    let windows = every.windows(period);
    let missing = missing(&windows, ran);
    let last_ms = ran.iter().map(|ran| ran.at_ms).max();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let mut part = Part {
        procedures: vec![Procedure {
            what: what.to_owned(),
            expected: every.expected(period),
            actual: if windows.is_empty() {
                count(ran.len())
            } else {
                count(windows.len() - missing.len())
            },
            failed: count(ran.iter().filter(|ran| ran.failed).count()),
            last_ms,
            due_ms: last_ms.and_then(|last| every.due_ms(last)),
        }],
        ..Part::default()
    };
    part.rest_on(ran.iter().map(|ran| ran.index));
    match (ran.is_empty(), missing.first()) {
        (true, _) => {
            part.miss(GapKind::NoOccurrence, format!("{what}: no occurrence from {period}"));
        }
        (false, Some(first)) => part.miss(
            GapKind::MissingRuns,
            format!(
                "{what}: nothing in {} of {} {every} windows, the first from {}",
                missing.len(),
                windows.len(),
                date(first.from_ms)
            ),
        ),
        (false, None) => (),
    }
    part
}

/// Takes windows in which nothing happened as failures: for a control that is the act itself.
pub fn missing_is_failing(mut part: Part) -> Part {
    let (missing, gaps) = part.gaps.drain(..).partition(|gap| gap.kind == GapKind::MissingRuns);
    part.gaps = gaps;
    let missing: Vec<Gap> = missing;
    for gap in missing {
        part.fail([], gap.because);
    }
    part
}

/// The windows in which nothing happened. Each window and each run is looked at once.
fn missing<'a>(windows: &'a [Period], ran: &[Ran]) -> Vec<&'a Period> {
    let mut times: Vec<u64> = ran.iter().map(|ran| ran.at_ms).collect();
    times.sort_unstable();
    let mut times = times.into_iter().peekable();
    let mut missing = Vec::new();
    for window in windows {
        while times.next_if(|at| *at < window.from_ms).is_some() {}
        if times.peek().is_none_or(|at| *at >= window.to_ms) {
            missing.push(window);
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u64) -> Ran {
        Ran { index: number, at_ms: number * 86_400_000 + 1, failed: false }
    }

    #[test]
    fn each_window_needs_an_occurrence() {
        let week = Period::new(0, 7 * 86_400_000).unwrap();
        let all: Vec<Ran> = (0..7).map(day).collect();
        let part = covered("a test", Frequency::Daily, week, &all);
        assert_eq!((part.gaps.len(), part.procedures[0].actual), (0, 7));
        let part = covered("a test", Frequency::Daily, week, &all[..5]);
        assert_eq!(part.procedures[0].actual, 5);
        assert_eq!(
            part.gaps[0].because,
            "a test: nothing in 2 of 7 daily windows, the first from 1970-01-06"
        );
        let part = covered("a test", Frequency::Daily, week, &[]);
        assert_eq!(part.gaps[0].kind, GapKind::NoOccurrence);
    }

    #[test]
    fn many_windows_are_judged_as_few_are() {
        let period = Period::new(0, 100 * 86_400_000).unwrap();
        let windows = Frequency::Daily.windows(period);
        let mut ran: Vec<Ran> = (0..100).filter(|number| number % 7 != 3).map(day).collect();
        ran.extend((0..20).map(|_| day(5)));
        ran.reverse();
        let slow: Vec<&Period> =
            windows.iter().filter(|w| !ran.iter().any(|ran| w.holds(ran.at_ms))).collect();
        assert_eq!(missing(&windows, &ran), slow);
        assert_eq!(slow.len(), 14);
    }
}
