//! Weaknesses, from their proof to their end.

use super::{DAY_MS, Ran, Scope, covered, looked_at, missing_is_failing};
use crate::assessment::{GapKind, Part};
use crate::entry::Entry;
use crate::history::History;
use crate::period::day_begin_ms;
use avouch_model::fact::finding::{Finding, FindingEvent};
use avouch_model::fact::scan::{Scan, ScanEnding, ScanEvent};
use avouch_model::severity::Severity;
use std::collections::BTreeMap;

/// A weakness from when it was proven until it was seen to be gone.
#[derive(Clone, Debug)]
pub struct Open<'a> {
    /// The proof that opened it.
    pub opened: &'a Entry<Finding>,
    /// The worst severity it was given.
    pub severity: Severity,
    /// The entry in which it was asked again and held. A scan that does not find it closes nothing.
    pub fixed: Option<&'a Entry<Finding>>,
    /// Until when somebody answers for leaving it, in milliseconds since 1970, and the entry.
    pub accepted: Option<(u64, u64)>,
}

/// Every weakness that the ledger knows, in the order in which they were opened. One that came back
/// is one more.
pub fn opened(history: &History) -> Vec<Open<'_>> {
    let mut all: Vec<Open<'_>> = Vec::new();
    let mut current: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &history.findings {
        let fact = &entry.fact;
        let known = current.get(fact.fingerprint.as_str()).and_then(|at| all.get_mut(*at));
        let known = known.filter(|open| open.fixed.is_none());
        match (fact.event, known) {
            (FindingEvent::Fixed, Some(open)) => open.fixed = Some(entry),
            (FindingEvent::Fixed, None) => (),
            (_, Some(open)) => {
                open.severity = open.severity.max(fact.severity);
                open.accepted = acceptance(entry).or(open.accepted);
                if fact.event == FindingEvent::Reopened {
                    open.accepted = None;
                }
            }
            (_, None) => {
                current.insert(&fact.fingerprint, all.len());
                let (severity, accepted) = (fact.severity, acceptance(entry));
                all.push(Open { opened: entry, severity, fixed: None, accepted });
            }
        }
    }
    all
}

/// Until when somebody answers for a weakness. Without a name or an end nobody does.
fn acceptance(entry: &Entry<Finding>) -> Option<(u64, u64)> {
    entry.fact.accepted_by.as_ref()?;
    let last = day_begin_ms(entry.fact.accepted_until.as_deref()?).ok()?;
    Some((last.saturating_add(DAY_MS), entry.index))
}

/// Each weakness is mended within the time for its severity, or somebody answers for leaving it.
pub fn each_was_mended_in_time(scope: &Scope<'_>) -> Part {
    mended(scope, "finding", |_| true)
}

/// The same, for what is there and should not be: operations that nobody declared, old versions.
pub fn each_drift_was_resolved(scope: &Scope<'_>) -> Part {
    mended(scope, "finding about the inventory", |check| check.starts_with("INV-"))
}

fn mended(scope: &Scope<'_>, what: &str, wanted: fn(&str) -> bool) -> Part {
    let (period, limits) = (scope.period, scope.settings.limits);
    let all = opened(scope.history);
    let open = |open: &&Open<'_>| {
        wanted(&open.opened.fact.check)
            && open.fixed.is_none_or(|fixed| fixed.time_ms >= period.from_ms)
    };
    let open: Vec<&Open<'_>> = all.iter().filter(open).collect();
    if open.is_empty() {
        let complete =
            scope.history.within(&scope.history.scans).filter(|scan| is_complete(&scan.fact));
        let scans: Vec<u64> = complete.map(|scan| scan.index).collect();
        if scans.is_empty() {
            let because = "no scan came to its end within the period: that there are no findings says nothing";
            return Part::gap(GapKind::NotRecorded, because);
        }
        let because = format!(
            "no {what} was open within the period, and {} scans came to their end",
            scans.len()
        );
        let mut part = Part::gap(GapKind::NoEvent, because);
        part.rest_on(scans);
        return part;
    }
    let mut part = Part::default();
    for open in &open {
        part.rest_on(
            [Some(open.opened.index), open.fixed.map(|fixed| fixed.index)].into_iter().flatten(),
        );
        let Some(days) = limits.remediation_days(open.severity) else { continue };
        let due_ms = open.opened.time_ms.saturating_add(days * DAY_MS);
        let due_ms = open.accepted.map_or(due_ms, |(until, _)| due_ms.max(until));
        let ended_ms = open.fixed.map_or(period.to_ms, |fixed| fixed.time_ms);
        if ended_ms <= due_ms {
            continue;
        }
        let age = ended_ms.saturating_sub(open.opened.time_ms) / DAY_MS;
        let (check, severity) = (&open.opened.fact.check, open.severity);
        let state = if open.fixed.is_some() { "was mended after" } else { "is open since" };
        let entries =
            [Some(open.opened.index), open.fixed.map(|f| f.index), open.accepted.map(|(_, e)| e)];
        part.fail(
            entries.into_iter().flatten(),
            format!("{check} ({severity}) {state} {age} days; the limit is {days}"),
        );
    }
    let failed = part.exceptions.len();
    let last_ms = open.iter().map(|open| open.fixed.unwrap_or(open.opened).time_ms).max();
    let says = "weaknesses open in the period, each mended or answered for in time";
    part.procedures.push(looked_at(says, open.len(), failed, last_ms));
    part
}

/// Whether a scan came to its end.
fn is_complete(scan: &Scan) -> bool {
    scan.event == ScanEvent::Ended && scan.ending == Some(ScanEnding::Complete)
}

/// Every scan that began has an end, and those that count answered enough of their questions.
pub fn scans_come_to_their_end(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let all: Vec<_> = history.within(&history.scans).collect();
    if all.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "no scan in the ledger: scan with `avouch scan --ledger`",
        );
    }
    let least = scope.settings.limits.coverage_percent;
    let complete = all.iter().copied().filter(|scan| is_complete(&scan.fact));
    let (counted, thin): (Vec<&Entry<Scan>>, Vec<&Entry<Scan>>) = complete
        .partition(|scan| scan.fact.coverage_percent.is_some_and(|percent| percent >= least));
    let ran: Vec<Ran> = counted
        .iter()
        .map(|scan| Ran { index: scan.index, at_ms: scan.time_ms, failed: false })
        .collect();
    let part = covered("scans that came to their end", scope.frequency(), scope.period, &ran);
    let mut part = missing_is_failing(part);
    let begun = all.iter().filter(|scan| scan.fact.event == ScanEvent::Begun).count();
    let ended = all.iter().filter(|scan| scan.fact.event == ScanEvent::Ended).count();
    if let Some(scan) = thin.last() {
        let (count, index) = (thin.len(), scan.index);
        part.miss(
            GapKind::Partial,
            format!("{count} scans answered less than {least} % of their questions, the last in entry {index}"),
        );
    }
    if begun > ended {
        let broken = begun - ended;
        part.miss(GapKind::Partial, format!("{broken} scans began and have no end"));
    }
    part
}

/// Each finding of a penetration test, which somebody wrote down by hand, is mended or answered for in
/// time. Without a report there is nothing to follow.
pub fn each_reported_one_is_followed(scope: &Scope<'_>) -> Part {
    let all = opened(scope.history);
    let reported = |open: &&Open<'_>| open.opened.fact.check == REPORTED;
    if all.iter().any(|open| reported(&open)) {
        mended(scope, "finding of a test", |check| check == REPORTED)
    } else {
        Part::default()
    }
}

/// The id that findings of others bear in place of a check's.
pub const REPORTED: &str = "REPORTED";
