//! The register of gaps: each place where the record of the period is known to have a hole.

use avouch_model::coding::Word;
use avouch_model::fact::ledger::{LedgerEvent, LedgerVerdict};
use avouch_model::fact::scan::ScanEvent;
use avouch_prove::entry::Entry;
use avouch_prove::history::History;
use std::collections::BTreeMap;

/// LIMIT: gaps of one sort that are listed one by one; the rest is counted in one.
const OF_A_SORT_MAX: usize = 100;

const DAY_MS: u64 = 86_400_000;

/// A hole in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// What is missing.
    pub(crate) what: String,
    /// Entries that show it.
    pub(crate) entries: Vec<u64>,
}

/// Every gap that the facts show, sort by sort.
pub(super) fn of(history: &History) -> Vec<Gap> {
    let mut gaps = Vec::new();
    gaps.extend(unreadable(history));
    push(&mut gaps, reported(history), "reported gaps");
    push(&mut gaps, unended_scans(history), "scans without an end");
    gaps.extend(undecided(history));
    push(&mut gaps, silent_days(history), "stretches of days without a request");
    gaps
}

/// Adds gaps of one sort, of which very many are told as one.
fn push(gaps: &mut Vec<Gap>, of_a_sort: Vec<Gap>, sort: &str) {
    let more = of_a_sort.len().saturating_sub(OF_A_SORT_MAX);
    gaps.extend(of_a_sort.into_iter().take(OF_A_SORT_MAX));
    if more > 0 {
        gaps.push(Gap { what: format!("{more} more {sort}"), entries: Vec::new() });
    }
}

fn unreadable(history: &History) -> Option<Gap> {
    let unreadable = &history.unreadable;
    (unreadable.count > 0).then(|| Gap {
        what: format!("{} records cannot be read: they may hold anything", unreadable.count),
        entries: unreadable.entries.clone(),
    })
}

/// What was written down as a gap, and judgements and comparisons that did not come out even.
fn reported(history: &History) -> Vec<Gap> {
    let one = |entry: &Entry<avouch_model::fact::ledger::Ledger>| {
        let fact = &entry.fact;
        let what = match fact.event {
            LedgerEvent::Gap => {
                let range = fact.first.zip(fact.end);
                let range = range.map_or_else(String::new, |(first, end)| {
                    format!(" in entries {first} to before {end}")
                });
                let why = fact.because.as_deref().unwrap_or("no reason is given");
                format!("something that should be in the ledger is not{range}: {why}")
            }
            LedgerEvent::Reconciled if fact.counted_here != fact.counted_there => {
                let count = |count: Option<u64>| {
                    count.map_or_else(|| "an unknown number".to_owned(), |count| count.to_string())
                };
                format!(
                    "another system counts {} and the ledger {}",
                    count(fact.counted_there),
                    count(fact.counted_here)
                )
            }
            _ => match fact.verdict {
                Some(LedgerVerdict::Intact) | None => return None,
                Some(verdict) => format!("the ledger was judged {}", verdict.word()),
            },
        };
        Some(Gap { what, entries: vec![entry.index] })
    };
    history.within(&history.ledgers).filter_map(one).collect()
}

/// Scans that began in the period and have no end: nothing is known of what they did not write.
fn unended_scans(history: &History) -> Vec<Gap> {
    let mut open = BTreeMap::new();
    for entry in history.within(&history.scans) {
        match entry.fact.event {
            ScanEvent::Begun => open.insert(&entry.fact.id, entry),
            ScanEvent::Ended => open.remove(&entry.fact.id),
        };
    }
    let one = |entry: &Entry<_>| Gap {
        what: format!("a scan began at {} and has no end", crate::time::text(entry.time_ms)),
        entries: vec![entry.index],
    };
    open.into_values().map(one).collect()
}

fn undecided(history: &History) -> Vec<Gap> {
    let requests = &history.requests;
    let mut gaps = Vec::new();
    if requests.unclear.count > 0 {
        gaps.push(Gap {
            what: format!(
                "{} requests of which the record does not say what was decided or what came of it",
                requests.unclear.count
            ),
            entries: requests.unclear.entries.clone(),
        });
    }
    if requests.is_cut {
        let what = "there were more callers or bundles of policies than are told apart".to_owned();
        gaps.push(Gap { what, entries: Vec::new() });
    }
    gaps
}

/// Days between the first and the last request of the period on which there was none. Nothing may have
/// happened, or nothing was recorded: the ledger cannot tell.
fn silent_days(history: &History) -> Vec<Gap> {
    let days: Vec<u64> = history.requests.days.keys().copied().collect();
    let between = days.iter().zip(days.iter().skip(1));
    let one = |(before, after): (&u64, &u64)| {
        let (first, last) = (before + 1, after.saturating_sub(1));
        (first <= last).then(|| Gap {
            what: format!(
                "no request from {} to {}: none came, or none was recorded",
                crate::time::day(first.saturating_mul(DAY_MS)),
                crate::time::day(last.saturating_mul(DAY_MS))
            ),
            entries: Vec::new(),
        })
    };
    between.filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::coding::Example;
    use avouch_model::fact::ledger::Ledger;
    use avouch_model::fact::request::{Request, SeenBy};
    use avouch_model::fact::scan::Scan;
    use avouch_prove::period::Period;

    fn history(facts: Vec<(u64, avouch_prove::entry::Said)>) -> History {
        let mut history = History::new(Period::new(0, 100 * DAY_MS).unwrap());
        for (index, (time_ms, fact)) in facts.into_iter().enumerate() {
            history.add(Entry { index: index as u64, time_ms, fact });
        }
        history
    }

    #[test]
    fn a_quiet_record_has_no_gap() {
        assert_eq!(of(&history(Vec::new())), []);
    }

    #[test]
    fn each_hole_is_named_with_the_entry_that_shows_it() {
        let scan = |event| Scan { event, ..Scan::example() };
        let ended = Scan { id: "S-2".into(), ..scan(ScanEvent::Ended) };
        let gap = Ledger { event: LedgerEvent::Gap, verdict: None, ..Ledger::example() };
        let even = Ledger {
            event: LedgerEvent::Reconciled,
            verdict: None,
            counted_here: Some(7),
            counted_there: Some(7),
            ..Ledger::example()
        };
        let uneven = Ledger { counted_there: Some(8), ..even.clone() };
        let request = Request { seen_by: SeenBy::Gateway, ..Request::example() };
        let mut history = history(vec![
            (1, scan(ScanEvent::Begun).into()),
            (2, Scan { id: "S-2".into(), ..scan(ScanEvent::Begun) }.into()),
            (3, ended.into()),
            (4, gap.into()),
            (5, even.into()),
            (6, uneven.into()),
            (7, request.clone().into()),
            (3 * DAY_MS, request.into()),
        ]);
        history.unreadable(9, 9);
        let gaps = of(&history);
        let entries: Vec<&[u64]> = gaps.iter().map(|gap| &gap.entries[..]).collect();
        let expected: [&[u64]; 5] = [&[9], &[3], &[5], &[0], &[]];
        assert_eq!(entries, expected, "{gaps:?}");
        assert!(gaps[4].what.contains("1970-01-02 to 1970-01-03"), "{}", gaps[4].what);
    }
}
