//! What recorded scans say: real attacks, repeated.

use super::{Ran, Scope, covered, some_of};
use crate::assessment::{GapKind, Part};
use crate::entry::Entry;
use avouch_model::fact::control_run::{ControlRun, RunResult};
use avouch_model::fact::finding::FindingEvent;
use avouch_model::fact::scan::{ScanEnding, ScanEvent};
use std::collections::{BTreeMap, BTreeSet};

/// Holds the control's checks against the scans that were recorded. Only a scan that came to its end
/// counts as an occurrence; a weakness that was proven counts wherever it was proven.
pub fn attacked(scope: &Scope<'_>) -> Part {
    let checks = scope.control.sources.checks;
    if checks.is_empty() {
        return Part::default();
    }
    let runs: Vec<&Entry<ControlRun>> = scope
        .history
        .within(&scope.history.runs)
        .filter(|run| checks.contains(&run.fact.test.as_str()))
        .collect();
    let complete = complete_scans(scope);
    let what = format!("attack replay with {} checks", checks.len());
    let mut ran: BTreeMap<&str, Ran> = BTreeMap::new();
    for run in &runs {
        let Some(ended_ms) = complete.get(run.fact.run.as_str()) else { continue };
        // That a question made no sense is no occurrence of anything.
        if matches!(run.fact.result, RunResult::NotTested | RunResult::NotApplicable) {
            continue;
        }
        let one = ran.entry(&run.fact.run);
        let one = one.or_insert(Ran { index: run.index, at_ms: *ended_ms, failed: false });
        one.failed |= run.fact.result == RunResult::Fail;
    }
    let ran: Vec<Ran> = ran.into_values().collect();
    let mut part = if ran.is_empty() {
        Part::gap(GapKind::NotRecorded, nothing(scope, runs.is_empty()))
    } else {
        covered(&what, scope.frequency(), scope.period, &ran)
    };
    part.rest_on(runs.iter().map(|run| run.index));
    let mut unasked: Vec<&str> = Vec::new();
    for check in checks {
        let of_check: Vec<&Entry<ControlRun>> =
            runs.iter().filter(|run| run.fact.test == *check).copied().collect();
        failures(scope, check, &of_check, &mut part);
        if of_check.is_empty() {
            unasked.push(check);
        } else if !ran.is_empty() {
            unanswered(check, &of_check, &complete, &mut part);
        }
    }
    if !ran.is_empty() && !unasked.is_empty() {
        let (count, of, names) = (unasked.len(), checks.len(), some_of(&unasked));
        part.miss(
            GapKind::Partial,
            format!("{count} of its {of} checks were asked by no scan ({names}): they need a description, an identity or a tier that was not given"),
        );
    }
    part
}

/// Scans that came to their end within the period, and when.
fn complete_scans<'a>(scope: &Scope<'a>) -> BTreeMap<&'a str, u64> {
    let ended = scope.history.within(&scope.history.scans).filter(|scan| {
        scan.fact.event == ScanEvent::Ended && scan.fact.ending == Some(ScanEnding::Complete)
    });
    ended.map(|scan| (scan.fact.id.as_str(), scan.time_ms)).collect()
}

fn nothing(scope: &Scope<'_>, is_empty: bool) -> String {
    let every = scope.frequency();
    if is_empty {
        format!("no recorded scan asked its checks: scan {every} with `avouch scan --ledger`")
    } else {
        "its checks were asked by scans that did not come to their end, or could tell nothing, or had nothing to try them on: a partial run closes nothing".to_owned()
    }
}

/// Weaknesses that were proven, with the findings that prove them.
fn failures(scope: &Scope<'_>, check: &str, runs: &[&Entry<ControlRun>], part: &mut Part) {
    let failed: Vec<_> = runs.iter().filter(|run| run.fact.result == RunResult::Fail).collect();
    let Some(last) = failed.last() else { return };
    let scans: BTreeSet<&str> = failed.iter().map(|run| run.fact.run.as_str()).collect();
    let findings = scope.history.within(&scope.history.findings).filter(|finding| {
        finding.fact.event == FindingEvent::Proven
            && finding.fact.check == check
            && finding.fact.scan.as_deref().is_some_and(|scan| scans.contains(scan))
    });
    let entries = failed.iter().map(|run| run.index).chain(findings.map(|finding| finding.index));
    let places: BTreeSet<&str> =
        failed.iter().flat_map(|run| run.fact.exceptions.iter().map(String::as_str)).collect();
    let places: Vec<&str> = places.into_iter().take(5).collect();
    let held = runs.iter().find(|run| run.index > last.index && run.fact.result == RunResult::Pass);
    let since = held.map_or_else(
        || "not seen to hold since".to_owned(),
        |held| format!("holds again as of entry {}", held.index),
    );
    let count = failed.len();
    let place =
        if places.is_empty() { String::new() } else { format!(" at {}", places.join(", ")) };
    part.fail(entries, format!("{check} proved a weakness in {count} runs{place}; {since}"));
}

/// A check that no complete scan could answer leaves a gap.
fn unanswered(
    check: &str,
    runs: &[&Entry<ControlRun>],
    complete: &BTreeMap<&str, u64>,
    part: &mut Part,
) {
    let answered = |run: &&&Entry<ControlRun>| {
        run.fact.result != RunResult::NotTested && complete.contains_key(run.fact.run.as_str())
    };
    if runs.iter().any(|run| answered(&run)) {
        return;
    }
    let Some(run) = runs.last() else { return };
    let why = run.fact.because.first().map_or("its scan was cut short", String::as_str);
    let because = format!("{check} could not be answered: {why}");
    part.miss(GapKind::Partial, because);
}
