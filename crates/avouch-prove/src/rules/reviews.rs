//! Access reviews.

use super::keys::{Life, lives};
use super::lookup::{Decided, Held};
use super::{DAY_MS, Ran, Scope, covered, missing_is_failing};
use crate::assessment::{GapKind, Part};
use crate::entry::Entry;
use crate::period::{Period, date};
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};

/// Each window has a review, each review covers every credential in use, and what was to be taken
/// away is gone within the limit.
pub fn cover_every_grant(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let all: Vec<&Entry<Decision>> = history
        .within(&history.decisions)
        .filter(|entry| entry.fact.about == DecisionAbout::AccessReview)
        .collect();
    let ran: Vec<Ran> = all
        .iter()
        .map(|entry| Ran { index: entry.index, at_ms: entry.time_ms, failed: false })
        .collect();
    let part = covered("access reviews", scope.frequency(), scope.period, &ran);
    let mut part = missing_is_failing(part);
    if all.is_empty() {
        part.miss(
            GapKind::NotRecorded,
            "no access review in the ledger: begin one with `avouch review open`",
        );
        return part;
    }
    let lives = lives(history);
    for window in scope.frequency().windows(scope.period) {
        uncovered(window, &all, &lives, &mut part);
    }
    let held = Held::of(&lives);
    let mut failed = 0;
    for entry in all.iter().filter(|entry| entry.fact.verdict == Verdict::Revoke) {
        failed += usize::from(outlives(scope, entry, &held, &mut part));
    }
    if let Some(procedure) = part.procedures.first_mut() {
        procedure.failed = u64::try_from(failed).unwrap_or(u64::MAX);
    }
    part
}

/// Credentials that were in use when the review of a window ended, and that it says nothing about.
fn uncovered(window: Period, all: &[&Entry<Decision>], lives: &[Life<'_>], part: &mut Part) {
    let inside: Vec<_> = all.iter().filter(|entry| window.holds(entry.time_ms)).collect();
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return };
    let decided = Decided::of(inside.iter().copied().copied());
    let left: Vec<&Life<'_>> = lives
        .iter()
        .filter(|life| life.at(first.time_ms))
        .filter(|life| decided.about_key(&life.begun.fact).next().is_none())
        .collect();
    if !left.is_empty() {
        let names: Vec<&str> =
            left.iter().take(5).map(|life| life.begun.fact.id.as_str()).collect();
        let (count, names, day) = (left.len(), names.join(", "), date(last.time_ms));
        part.fail(
            left.iter().map(|life| life.begun.index),
            format!("the review of {day} says nothing about {count} credentials in use: {names}"),
        );
    }
    let by_nobody = inside.iter().filter(|entry| entry.fact.decided_by.is_empty());
    for entry in by_nobody {
        part.fail([entry.index], "a decision of an access review names nobody who decided");
    }
}

fn outlives(scope: &Scope<'_>, entry: &Entry<Decision>, held: &Held<'_>, part: &mut Part) -> bool {
    let days = scope.settings.limits.review_revoke_days;
    let until_ms = entry.time_ms.saturating_add(days * DAY_MS);
    let mut found = false;
    for life in held.of_decision(&entry.fact) {
        part.rest_on(life.ended);
        if until_ms < scope.period.to_ms && life.at(until_ms) {
            let id = &life.begun.fact.id;
            part.fail(
                [Some(entry.index), life.ended].into_iter().flatten(),
                format!("credential `{id}` was to be taken away and is in use {days} days later"),
            );
            found = true;
        }
    }
    found
}
