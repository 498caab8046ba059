//! What people say and hand in.

use super::{Ran, Scope, covered};
use crate::assessment::{GapKind, Part};
use crate::control::{Act, Proof};
use crate::criteria::CriterionId;
use crate::entry::Entry;
use crate::frequency::Frequency;
use crate::history::History;
use crate::period::{Period, date};
use avouch_model::fact::evidence::{Evidence, EvidenceEvent, EvidenceKind};
use std::collections::BTreeMap;

/// Pieces of evidence that were not withdrawn, each as it was handed in last.
pub fn standing(history: &History) -> impl Iterator<Item = &Entry<Evidence>> {
    let withdrawn =
        history.evidence.iter().filter(|entry| entry.fact.event == EvidenceEvent::Withdrawn);
    // The last word about each: they come in the order of the ledger.
    let last: BTreeMap<&str, u64> =
        withdrawn.map(|entry| (entry.fact.id.as_str(), entry.index)).collect();
    let handed = |entry: &&Entry<Evidence>| {
        matches!(entry.fact.event, EvidenceEvent::Collected | EvidenceEvent::Received)
    };
    history.evidence.iter().filter(handed).filter(move |entry| {
        last.get(entry.fact.id.as_str()).is_none_or(|last| *last < entry.index)
    })
}

/// What a piece of evidence speaks of: the span it says, else when it was handed in. Its end is part
/// of it.
pub fn span(entry: &Entry<Evidence>) -> (u64, u64) {
    let Evidence { effective_from_ms: from, effective_to_ms: to, .. } = entry.fact;
    let first = from.or(to).unwrap_or(entry.time_ms);
    (first, to.or(from).unwrap_or(entry.time_ms).max(first))
}

/// Whether it is what a person says. Without a name it is nobody's word.
fn is_statement(entry: &Entry<Evidence>) -> bool {
    entry.fact.evidence_kind == EvidenceKind::Statement && entry.fact.actor.is_some()
}

fn touches(period: Period, entry: &Entry<Evidence>) -> bool {
    let (from, to) = span(entry);
    period.touches(Some(from), Some(to))
}

/// Entries in which somebody speaks about a control, for some of the period.
pub fn on_control(id: &str, history: &History) -> Vec<u64> {
    let about = |entry: &&Entry<Evidence>| entry.fact.controls.iter().any(|control| control == id);
    said(history, about)
}

/// Entries in which somebody speaks about a criterion, for some of the period.
pub fn on_criterion(id: CriterionId, history: &History) -> Vec<u64> {
    let about = |entry: &&Entry<Evidence>| entry.fact.criteria.iter().any(|c| c == id.as_str());
    said(history, about)
}

fn said(history: &History, about: impl Fn(&&Entry<Evidence>) -> bool) -> Vec<u64> {
    let said = standing(history).filter(|entry| is_statement(entry)).filter(about);
    said.filter(|entry| touches(history.period, entry)).map(|entry| entry.index).collect()
}

/// Holds what people have to do for the control against what they said and handed in.
pub fn acted(scope: &Scope<'_>) -> Part {
    let due = |act: &&Act| act.every != Frequency::PerEvent;
    let acts = scope.control.sources.acts.iter().filter(due);
    acts.map(|act| one(scope, act)).fold(Part::default(), Part::and)
}

fn one(scope: &Scope<'_>, act: &Act) -> Part {
    let fits = |entry: &&Entry<Evidence>| match act.proof {
        Proof::Statement => is_statement(entry),
        Proof::Document => entry.fact.evidence_kind != EvidenceKind::Statement,
    };
    let id = scope.control.id;
    let of_control: Vec<&Entry<Evidence>> = standing(scope.history)
        .filter(|entry| entry.fact.controls.iter().any(|control| control == id))
        .filter(fits)
        .collect();
    let how = match act.proof {
        Proof::Statement => format!("`avouch control attest {id} --says …`"),
        Proof::Document => format!("`avouch control attest {id} --says TITLE --document FILE`"),
    };
    if of_control.is_empty() {
        let because =
            format!("nobody has shown: {} ({}): hand it in with {how}", act.what, act.every);
        return Part::gap(GapKind::ManualMissing, because);
    }
    let (inside, outside): (Vec<_>, Vec<_>) =
        of_control.into_iter().partition(|entry| touches(scope.period, entry));
    let within = |entry: &&Entry<Evidence>| Ran {
        index: entry.index,
        at_ms: span(entry).1.clamp(scope.period.from_ms, scope.period.to_ms - 1),
        failed: false,
    };
    let ran: Vec<Ran> = inside.iter().map(within).collect();
    let mut part = covered(act.what, act.every, scope.period, &ran);
    if ran.is_empty()
        && let Some(entry) = outside.last()
    {
        let (from, to) = span(entry);
        let (piece, from, to) = (&entry.fact.id, date(from), date(to));
        part.miss(
            GapKind::OutsidePeriod,
            format!("`{piece}` speaks of {from} to {to}, which is outside the period: {how}"),
        );
        part.rest_on([entry.index]);
    }
    part
}

#[cfg(test)]
mod tests;
