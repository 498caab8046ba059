//! Changes of configurations and policies.

use super::lookup::{Decided, in_order};
use super::{DAY_MS, Scope, among, looked_at, none_occurred};
use crate::assessment::{GapKind, Part};
use crate::entry::Entry;
use crate::history::History;
use avouch_model::coding::{Digest, Personal};
use avouch_model::fact::configuration::{Configuration, ConfigurationEvent};
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};
use std::collections::BTreeMap;

/// Configurations that came into force within the period and differ from the ones before. What was
/// loaded again unchanged is no change; the first one of a component is.
fn changes(history: &History) -> Vec<&Entry<Configuration>> {
    let mut known: BTreeMap<&str, Digest> = BTreeMap::new();
    let mut changes = Vec::new();
    for entry in &history.configurations {
        let fact = &entry.fact;
        if !matches!(fact.event, ConfigurationEvent::Loaded | ConfigurationEvent::Changed) {
            continue;
        }
        let before = known.insert(&fact.component, fact.digest);
        if before != Some(fact.digest) && history.period.holds(entry.time_ms) {
            changes.push(entry);
        }
    }
    changes
}

/// Decisions about changes.
fn decided(history: &History) -> Decided<'_> {
    let about = |entry: &&Entry<Decision>| entry.fact.about == DecisionAbout::Change;
    Decided::of(history.decisions.iter().filter(about))
}

/// Each change was approved before it came into force, by somebody else than who made it.
pub fn each_was_approved(scope: &Scope<'_>) -> Part {
    let changes = changes(scope.history);
    let Some(last) = changes.last() else {
        return none_occurred(scope, "change of a configuration");
    };
    let mut part = Part::default();
    part.rest_on(changes.iter().map(|entry| entry.index));
    let decided = decided(scope.history);
    let mut approvals = Vec::new();
    for entry in &changes {
        let what = &entry.fact.component;
        match approval(&decided, entry) {
            Ok(index) => approvals.extend(index),
            Err(_) if entry.fact.emergency == Some(true) => (),
            Err(because) => part.fail([entry.index], format!("a change of `{what}` {because}")),
        }
    }
    part.rest_on(approvals);
    let failed = part.exceptions.len();
    part.procedures.push(looked_at(
        "changes of configurations, each approved before by somebody else",
        changes.len(),
        failed,
        Some(last.time_ms),
    ));
    part
}

fn approval(decided: &Decided<'_>, entry: &Entry<Configuration>) -> Result<Option<u64>, String> {
    let change = &entry.fact;
    let other = |who: &Personal| !among(change.actor.as_ref(), std::slice::from_ref(who));
    if !change.approved_by.is_empty() {
        let by_other = change.approved_by.iter().any(other);
        return if by_other { Ok(None) } else { Err("was approved by who made it".to_owned()) };
    }
    let decisions = decided.about(&change.digest.to_string());
    let Some(decision) = decisions.iter().rfind(|decision| decision.index < entry.index) else {
        return Err(match decisions.first() {
            Some(late) => {
                format!("came into force before its approval, which is entry {}", late.index)
            }
            None => "came into force without an approval".to_owned(),
        });
    };
    let made = &decision.fact;
    let apart = |who: &Personal| {
        other(who) && !among(made.requested_by.as_ref(), std::slice::from_ref(who))
    };
    match made.verdict {
        Verdict::Allow if made.decided_by.iter().any(apart) => Ok(Some(decision.index)),
        Verdict::Allow => Err(format!("was approved by who made it, in entry {}", decision.index)),
        _ => Err(format!("came into force although entry {} says no", decision.index)),
    }
}

/// What is in force is what was approved: no drift was seen, and no gateway decided with policies
/// that no configuration of the ledger names.
pub fn nothing_drifted(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let seen: Vec<_> = history.within(&history.configurations).collect();
    if seen.is_empty() {
        return none_occurred(scope, "configuration that was loaded");
    }
    let mut part = Part::default();
    part.rest_on(seen.iter().map(|entry| entry.index));
    for entry in &seen {
        let fact = &entry.fact;
        let differs = fact.approved.is_some_and(|approved| approved != fact.digest);
        let in_force =
            matches!(fact.event, ConfigurationEvent::Loaded | ConfigurationEvent::Changed);
        if fact.event == ConfigurationEvent::Drifted || (in_force && differs) {
            let because = fact.because.as_deref().unwrap_or("it is not the approved one");
            part.fail(
                [entry.index],
                format!("`{}` ran with another configuration: {because}", fact.component),
            );
        }
    }
    let decided = decided(history);
    let unknown = seen.iter().filter(|entry| {
        let in_force =
            matches!(entry.fact.event, ConfigurationEvent::Loaded | ConfigurationEvent::Changed);
        let digest = entry.fact.digest.to_string();
        in_force && entry.fact.approved.is_none() && !is_approved(&decided, &digest)
    });
    if let Some(entry) = unknown.clone().next() {
        let (count, first) = (unknown.count(), entry.index);
        part.miss(
            GapKind::Partial,
            format!("{count} configurations in force do not say which one was approved, the first in entry {first}: approve it with `avouch review change DIGEST`"),
        );
    }
    let failed = part.exceptions.len();
    let last_ms = seen.last().map(|entry| entry.time_ms);
    part.procedures.push(looked_at(
        "configurations in force, each held against the approved one",
        seen.len(),
        failed,
        last_ms,
    ));
    part
}

/// Whether somebody said yes to a configuration.
fn is_approved(decided: &Decided<'_>, digest: &str) -> bool {
    decided.about(digest).iter().any(|entry| entry.fact.verdict == Verdict::Allow)
}

/// Each change that went ahead of its approval was looked at within the limit.
pub fn emergencies_were_reviewed(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let limit_ms = scope.settings.limits.emergency_days * DAY_MS;
    let urgent: Vec<(u64, u64, String)> = history
        .within(&history.configurations)
        .filter(|entry| entry.fact.emergency == Some(true))
        .map(|entry| (entry.index, entry.time_ms, entry.fact.digest.to_string()))
        .chain(
            history
                .within(&history.administrations)
                .filter(|entry| entry.fact.break_glass == Some(true))
                .map(|entry| {
                    (entry.index, entry.time_ms, entry.fact.ticket.clone().unwrap_or_default())
                }),
        )
        .collect();
    if urgent.is_empty() {
        return none_occurred(scope, "emergency change");
    }
    let mut part = Part::default();
    let decided = decided(history);
    for (index, time_ms, named) in &urgent {
        part.rest_on([*index]);
        let both = decided.about(named).iter().chain(decided.with_ticket(named));
        let all = if named.is_empty() { Vec::new() } else { in_order(both.copied()) };
        let review = all.into_iter().find(|decision| decision.index > *index);
        let until_ms = time_ms.saturating_add(limit_ms);
        match review {
            Some(review) if review.time_ms <= until_ms => part.rest_on([review.index]),
            Some(review) => {
                part.fail([*index, review.index], "an emergency change was looked at too late");
            }
            None if until_ms < scope.period.to_ms => {
                part.fail([*index], "an emergency change was never looked at afterwards");
            }
            None => (),
        }
    }
    let failed = part.exceptions.len();
    let last_ms = urgent.iter().map(|(_, time_ms, _)| *time_ms).max();
    part.procedures.push(looked_at(
        "emergency changes, each looked at afterwards",
        urgent.len(),
        failed,
        last_ms,
    ));
    part
}
