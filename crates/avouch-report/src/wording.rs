//! Phrases that more than one format says, so that they say them alike.

use avouch_model::finding::{Finding, Suppression};
use avouch_model::report::{Ending, Report};

/// How the scan ended: a few words, and what the target or the budget had to do with it.
pub(crate) fn ending(ending: &Ending) -> (&'static str, Option<&str>) {
    match ending {
        Ending::Complete => ("everything planned was asked", None),
        Ending::Interrupted => ("interrupted before everything was asked", None),
        Ending::BudgetSpent(what) => {
            ("the budget was spent before everything was asked", Some(what))
        }
        Ending::TargetGone(what) => ("the target stopped answering", Some(what)),
        Ending::Unreachable(what) => ("the target could not be reached", Some(what)),
        Ending::IdentityLost(what) => ("a credential stopped working", Some(what)),
        Ending::Blocked(what) => ("the target blocks the scan", Some(what)),
    }
}

/// Who lives with a finding, why, and until when.
pub(crate) fn suppressed(suppressed: &Suppression) -> String {
    let until = suppressed.expires.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
    format!("accepted by {}{until}: {}", suppressed.owner, suppressed.reason)
}

/// How many findings are suppressed, in words with the score there would be without them.
pub(crate) fn suppressed_count(report: &Report) -> Option<String> {
    let count = report.findings.iter().filter(|finding| finding.suppressed.is_some()).count();
    let would_be = match report.score.without_suppressed {
        Some(value) => format!("without them the score would be {value}"),
        None => "there is no score with or without them".to_owned(),
    };
    let number = u64::try_from(count).unwrap_or(u64::MAX);
    (count > 0).then(|| format!("{} suppressed; {would_be}", self::count(number, "finding")))
}

/// Tenths as a person writes them: `12`, `12.5`.
pub(crate) fn tenths(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// Where a finding is, for a person.
pub(crate) fn place(finding: &Finding) -> &str {
    finding.operation.as_ref().map_or("the target as a whole", |operation| &operation.0)
}

/// A number with its noun: `1 request`, `3 requests`.
pub(crate) fn count(number: impl Into<u64>, noun: &str) -> String {
    match number.into() {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// Milliseconds as a person writes them: `8.2 s`, `4 min 05 s`.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    if seconds < 60 {
        format!("{seconds}.{} s", ms % 1000 / 100)
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

/// Bytes as a person writes them, in powers of 1000: `44 bytes`, `1.8 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => count(bytes, "byte"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Findings that gain points when mended, best first, one for each cause.
pub(crate) fn gains(report: &Report) -> Vec<&Finding> {
    let mut gains: Vec<&Finding> = Vec::new();
    for finding in report.findings.iter().filter(|finding| finding.gain_tenths > 0) {
        let same = |other: &&Finding| {
            other.check == finding.check && other.root_cause == finding.root_cause
        };
        if !gains.iter().any(same) {
            gains.push(finding);
        }
    }
    gains.sort_by_key(|finding| std::cmp::Reverse(finding.gain_tenths));
    gains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        assert_eq!([tenths(0), tenths(125), tenths(120)], ["0", "12.5", "12"]);
        assert_eq!([duration(8230), duration(245_000)], ["8.2 s", "4 min 05 s"]);
        assert_eq!([bytes(1), bytes(44_210), bytes(1_843_201)], ["1 byte", "44.2 kB", "1.8 MB"]);
        assert_eq!([count(1u32, "request"), count(0u32, "request")], ["1 request", "0 requests"]);
    }
}
