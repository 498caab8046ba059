//! What was done to keep ledgers whole.

use super::{Ran, Scope, covered};
use crate::assessment::{GapKind, Part};
use crate::entry::Entry;
use crate::frequency::Frequency;
use avouch_model::fact::ledger::{Ledger, LedgerEvent, LedgerVerdict};

fn of_event<'a>(scope: &Scope<'a>, event: LedgerEvent) -> Vec<&'a Entry<Ledger>> {
    let history = scope.history;
    history.within(&history.ledgers).filter(|entry| entry.fact.event == event).collect()
}

fn ran(entries: &[&Entry<Ledger>], failed: impl Fn(&Ledger) -> bool) -> Vec<Ran> {
    let one = |entry: &&Entry<Ledger>| Ran {
        index: entry.index,
        at_ms: entry.time_ms,
        failed: failed(&entry.fact),
    };
    entries.iter().map(one).collect()
}

fn none(what: &str, how: &str) -> Part {
    Part::gap(GapKind::NotRecorded, format!("{what} in the ledger: {how}"))
}

/// The ledger was judged as often as it should, and nothing was altered.
pub fn verified(scope: &Scope<'_>) -> Part {
    let all = of_event(scope, LedgerEvent::Verified);
    if all.is_empty() {
        return none(
            "no verification",
            "verify it and record that with `avouch control run LOG-2`",
        );
    }
    let judged: Vec<_> = all
        .iter()
        .copied()
        .filter(|entry| entry.fact.verdict != Some(LedgerVerdict::Unchecked))
        .collect();
    let is_tampered = |fact: &Ledger| fact.verdict == Some(LedgerVerdict::Tampered);
    let mut part = covered(
        "verifications of the ledger",
        Frequency::Daily,
        scope.period,
        &ran(&judged, is_tampered),
    );
    for entry in all {
        let findings = entry.fact.findings.join(", ");
        match entry.fact.verdict {
            Some(LedgerVerdict::Tampered) => {
                part.fail([entry.index], format!("the ledger was tampered with: {findings}"));
            }
            Some(LedgerVerdict::Incomplete) => {
                part.miss(GapKind::Partial, format!("a verification was incomplete: {findings}"));
            }
            Some(LedgerVerdict::Intact) => (),
            Some(LedgerVerdict::Unchecked) | None => {
                part.miss(GapKind::Partial, "a verification says no verdict");
            }
        }
    }
    part
}

/// Counts were compared with those of a system that the operator does not control, and agree. Each
/// gap that was recorded is an exception.
pub fn reconciled(scope: &Scope<'_>) -> Part {
    let all = of_event(scope, LedgerEvent::Reconciled);
    let gaps = of_event(scope, LedgerEvent::Gap);
    if all.is_empty() && gaps.is_empty() {
        return none(
            "no reconciliation",
            "compare its count with that of a load balancer and append a fact of the kind `ledger`",
        );
    }
    let differs =
        |fact: &Ledger| fact.counted_here != fact.counted_there || fact.counted_here.is_none();
    let mut part = covered(
        "counts compared with another system",
        scope.frequency(),
        scope.period,
        &ran(&all, differs),
    );
    for entry in all.iter().filter(|entry| differs(&entry.fact)) {
        let shown =
            |count: Option<u64>| count.map_or_else(|| "nothing".to_owned(), |n| n.to_string());
        let (here, there) = (shown(entry.fact.counted_here), shown(entry.fact.counted_there));
        part.fail([entry.index], format!("the ledger counts {here}, the other system {there}"));
    }
    for entry in gaps {
        let because = entry.fact.because.as_deref().unwrap_or("no reason is said");
        let counts = entry.fact.counted_here.zip(entry.fact.counted_there);
        let counts = counts.map(|(here, there)| format!(": it knows {here} of {there}"));
        let because = format!("{because}{}", counts.unwrap_or_default());
        part.rest_on([entry.index]);
        part.fail([entry.index], format!("something is missing in the ledger: {because}"));
    }
    part
}

/// A copy is put elsewhere every day.
pub fn archived(scope: &Scope<'_>) -> Part {
    let all = of_event(scope, LedgerEvent::Archived);
    if all.is_empty() {
        return none("no archiving", "archive it daily and append a fact of the kind `ledger`");
    }
    covered(
        "copies of the ledger put elsewhere",
        Frequency::Daily,
        scope.period,
        &ran(&all, |_| false),
    )
}

/// It was brought back from elsewhere, and was whole.
pub fn restored(scope: &Scope<'_>) -> Part {
    let all = of_event(scope, LedgerEvent::Restored);
    if all.is_empty() {
        return none(
            "no restore",
            "restore it monthly on another machine and append a fact of the kind `ledger`",
        );
    }
    let bad = |fact: &Ledger| fact.verdict != Some(LedgerVerdict::Intact);
    let mut part =
        covered("restores of the ledger", Frequency::Monthly, scope.period, &ran(&all, bad));
    for entry in all.iter().filter(|entry| bad(&entry.fact)) {
        part.fail([entry.index], "what was restored was not shown to be intact");
    }
    part
}
