//! The life of credentials.

use super::lookup::{Decided, Held, in_order};
use super::{DAY_MS, HOUR_MS, Scope, among, looked_at, none_occurred};
use crate::assessment::{GapKind, Part};
use crate::entry::Entry;
use crate::history::History;
use avouch_model::coding::Personal;
use avouch_model::fact::decision::{Decision, DecisionAbout, Verdict};
use avouch_model::fact::key::{Key, KeyEvent, KeyKind};
use avouch_model::fact::person::PersonEvent;
use std::collections::BTreeMap;

/// A credential from its beginning to its end.
#[derive(Clone, Debug)]
pub struct Life<'a> {
    /// The entry of its beginning.
    pub begun: &'a Entry<Key>,
    /// From when it could be used, in milliseconds since 1970.
    pub from_ms: u64,
    /// When it could be used no more, as far as that is recorded.
    pub ended_ms: Option<u64>,
    /// The entry that ended it.
    pub ended: Option<u64>,
}

impl Life<'_> {
    /// Whether it could be used at a moment.
    pub fn at(&self, at_ms: u64) -> bool {
        self.from_ms <= at_ms && self.ended_ms.is_none_or(|end| end > at_ms)
    }
}

/// Every credential of consumers that the ledger knows.
pub fn lives(history: &History) -> Vec<Life<'_>> {
    let begun = |entry: &&Entry<Key>| {
        matches!(entry.fact.event, KeyEvent::Issued | KeyEvent::Rotated)
            && matches!(entry.fact.key_kind, KeyKind::ApiKey | KeyKind::Token)
    };
    let over = |entry: &&Entry<Key>| {
        matches!(entry.fact.event, KeyEvent::Revoked | KeyEvent::Expired | KeyEvent::Destroyed)
    };
    let mut ends: BTreeMap<&str, Vec<&Entry<Key>>> = BTreeMap::new();
    for entry in history.keys.iter().filter(over) {
        ends.entry(&entry.fact.id).or_default().push(entry);
    }
    history.keys.iter().filter(begun).map(|entry| life(&ends, entry)).collect()
}

fn life<'a>(ends: &BTreeMap<&str, Vec<&'a Entry<Key>>>, begun: &'a Entry<Key>) -> Life<'a> {
    let ends = ends.get(begun.fact.id.as_str()).map(Vec::as_slice).unwrap_or_default();
    let ended = ends.get(ends.partition_point(|later| later.index <= begun.index)).copied();
    let expires = begun.fact.expires_ms;
    let ended_ms = match (ended.map(|entry| entry.time_ms), expires) {
        (Some(ended), Some(expires)) => Some(ended.min(expires)),
        (ended, expires) => ended.or(expires),
    };
    Life {
        begun,
        from_ms: begun.fact.not_before_ms.unwrap_or(begun.time_ms),
        ended_ms,
        ended: ended.map(|entry| entry.index),
    }
}

/// Each credential that was issued within the period was approved before, by somebody else than who
/// asked for it.
pub fn each_issue_was_approved(scope: &Scope<'_>) -> Part {
    let issued: Vec<&Entry<Key>> = scope
        .history
        .within(&scope.history.keys)
        .filter(|entry| entry.fact.event == KeyEvent::Issued)
        .collect();
    let Some(last) = issued.last() else { return none_occurred(scope, "issued credential") };
    let mut part = Part::default();
    part.rest_on(issued.iter().map(|entry| entry.index));
    let requests = |entry: &&Entry<Decision>| entry.fact.about == DecisionAbout::AccessRequest;
    let decided = Decided::of(scope.history.decisions.iter().filter(requests));
    let mut approvals = Vec::new();
    for entry in &issued {
        match approval(&decided, entry) {
            Ok(Some(index)) => approvals.push(index),
            Ok(None) => (),
            Err(because) => {
                part.fail([entry.index], format!("credential `{}` {because}", entry.fact.id));
            }
        }
    }
    part.rest_on(approvals);
    let failed = part.exceptions.len();
    let procedure = looked_at(
        "credentials issued, each with an approval before it",
        issued.len(),
        failed,
        Some(last.time_ms),
    );
    part.procedures.push(procedure);
    part
}

/// The entry of an approval that came before, when it is one of its own.
fn approval(decided: &Decided<'_>, issued: &Entry<Key>) -> Result<Option<u64>, String> {
    let key = &issued.fact;
    let (actor, owner) = (key.actor.as_ref(), key.owner.as_ref());
    if !key.approved_by.is_empty() {
        let other = |who: &Personal| {
            !among(actor, std::slice::from_ref(who)) && !among(owner, std::slice::from_ref(who))
        };
        return if key.approved_by.iter().any(other) {
            Ok(None)
        } else {
            Err("was approved by who issued it or who holds it".to_owned())
        };
    }
    let request = key.request.as_ref().map(|id| decided.with_id(id)).unwrap_or_default();
    let decisions = in_order(decided.about_key(key).chain(request.iter().copied()));
    let before = decisions.iter().rfind(|entry| entry.index < issued.index);
    let Some(decision) = before else {
        return Err(match decisions.first() {
            Some(late) => format!("was issued before its approval, which is entry {}", late.index),
            None => "was issued without an approval".to_owned(),
        });
    };
    let made = &decision.fact;
    if made.verdict != Verdict::Allow {
        return Err(format!("was issued although entry {} says no", decision.index));
    }
    let other = |who: &Personal| {
        let one = std::slice::from_ref(who);
        !among(made.requested_by.as_ref(), one) && !among(actor, one)
    };
    if made.decided_by.iter().any(other) {
        Ok(Some(decision.index))
    } else {
        Err(format!("was approved by who asked for it, in entry {}", decision.index))
    }
}

/// No credential is used longer than the limit, and none lasts for ever.
pub fn each_is_young(scope: &Scope<'_>) -> Part {
    let (period, days) = (scope.period, scope.settings.limits.key_days);
    let lives = lives(scope.history);
    let active = |life: &&Life<'_>| {
        life.from_ms < period.to_ms && life.ended_ms.is_none_or(|end| end > period.from_ms)
    };
    let active: Vec<&Life<'_>> = lives.iter().filter(active).collect();
    if active.is_empty() {
        return none_occurred(scope, "credential in use");
    }
    let mut part = Part::default();
    part.rest_on(active.iter().map(|life| life.begun.index));
    for life in &active {
        let until = life.ended_ms.unwrap_or(period.to_ms).min(period.to_ms);
        let age = until.saturating_sub(life.from_ms) / DAY_MS;
        if age > days {
            let id = &life.begun.fact.id;
            part.fail(
                [life.begun.index],
                format!("credential `{id}` was in use for {age} days, more than {days}"),
            );
        } else if life.ended_ms.is_none() {
            let id = &life.begun.fact.id;
            part.fail([life.begun.index], format!("credential `{id}` never runs out"));
        }
    }
    let failed = part.exceptions.len();
    let last_ms = active.iter().map(|life| life.begun.time_ms).max();
    part.procedures.push(looked_at(
        format!("credentials in use, each at most {days} days old"),
        active.len(),
        failed,
        last_ms,
    ));
    part
}

/// Who left has no credential and makes no request any more, within the limit.
pub fn gone_with_who_left(scope: &Scope<'_>) -> Part {
    let limit_ms = scope.settings.limits.leaver_hours * HOUR_MS;
    let history = scope.history;
    let left: Vec<_> = history
        .people
        .iter()
        .filter(|entry| entry.fact.event == PersonEvent::Left)
        .filter(|entry| scope.period.holds(entry.fact.effective_ms.unwrap_or(entry.time_ms)))
        .collect();
    let Some(last) = left.last() else {
        return none_occurred(scope, "person or integration that left");
    };
    let lives = lives(history);
    let held = Held::of(&lives);
    let mut part = Part::default();
    for entry in &left {
        let at_ms = entry.fact.effective_ms.unwrap_or(entry.time_ms);
        let until_ms = at_ms.saturating_add(limit_ms);
        let who = &entry.fact.person;
        part.rest_on([entry.index]);
        for life in held.by(who).iter().filter(|life| life.from_ms < until_ms) {
            part.rest_on(life.ended);
            let passed = until_ms < scope.period.to_ms;
            if passed && life.at(until_ms) {
                let id = &life.begun.fact.id;
                let entries = [Some(entry.index), Some(life.begun.index), life.ended];
                part.fail(
                    entries.into_iter().flatten(),
                    format!(
                        "credential `{id}` outlived its holder, who left, by more than the limit"
                    ),
                );
            }
        }
        let last_use = history.requests.last_use.get(&who.shown());
        if let Some(last) = last_use.filter(|last| last.time_ms > until_ms) {
            part.fail(
                [entry.index, last.index],
                "a request of somebody who left was let through after the limit",
            );
        }
    }
    if history.requests.is_cut {
        part.miss(
            GapKind::Partial,
            "there were more callers than are remembered: the last request of some is not known",
        );
    }
    let failed = part.exceptions.len();
    part.procedures.push(looked_at(
        "people and integrations that left, each held against their credentials and requests",
        left.len(),
        failed,
        Some(last.time_ms),
    ));
    part
}
