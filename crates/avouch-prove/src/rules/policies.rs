//! Policies for people.

use super::{DAY_MS, Scope, among, looked_at};
use crate::assessment::{GapKind, Part};
use crate::entry::Entry;
use crate::history::History;
use crate::registers::people;
use crate::registers::policies::{PolicyState, fold};
use avouch_model::coding::Personal;
use avouch_model::fact::policy::{Policy, PolicyEvent};

/// Every policy is approved by somebody else than its author, fresh, and known to everybody.
pub fn every_policy_is_in_order(scope: &Scope<'_>) -> Part {
    let states = fold(scope.history);
    let standing: Vec<&PolicyState> = states.iter().filter(|state| !state.is_retired()).collect();
    if standing.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "no policy in the ledger: begin with `avouch policy init`, then `avouch policy import`",
        );
    }
    let mut part = Part::default();
    let mut failed = 0;
    for state in &standing {
        let before = part.exceptions.len();
        one(scope, state, &mut part);
        failed += usize::from(part.exceptions.len() > before);
    }
    let last_ms = scope.history.within(&scope.history.policies).map(|entry| entry.time_ms).max();
    part.procedures.push(looked_at(
        "policies, each approved, fresh and acknowledged",
        standing.len(),
        failed,
        last_ms,
    ));
    part
}

/// The policy of that id is in force and fresh.
pub fn in_force(scope: &Scope<'_>, id: &str) -> Part {
    let states = fold(scope.history);
    let Some(state) = states.iter().find(|state| state.id == id && !state.is_retired()) else {
        let because = format!(
            "no policy `{id}` in the ledger: `avouch policy init` writes one to begin with"
        );
        return Part::gap(GapKind::NotRecorded, because);
    };
    let mut part = Part::default();
    one(scope, state, &mut part);
    let failed = usize::from(!part.exceptions.is_empty());
    let last_ms = state.published.map(|(_, at_ms)| at_ms);
    part.procedures.push(looked_at(format!("the policy `{id}`"), 1, failed, last_ms));
    part
}

fn one(scope: &Scope<'_>, state: &PolicyState, part: &mut Part) {
    let id = &state.id;
    part.rest_on(state.entries.iter().copied());
    approved_by_another(scope.history, id, part);
    let Some((published, at_ms)) = state.published else {
        part.fail(
            state.entries.iter().copied(),
            format!("policy `{id}` is not in force: it was never published"),
        );
        return;
    };
    let fresh_ms = scope.settings.limits.fresh_days * DAY_MS;
    let looked_ms = state.reviewed.map_or(at_ms, |(_, reviewed)| reviewed.max(at_ms));
    let due_ms = state.review_due_ms.unwrap_or_else(|| looked_ms.saturating_add(fresh_ms));
    if due_ms < scope.period.to_ms {
        let day = crate::period::date(due_ms);
        part.fail([published], format!("policy `{id}` was to be reviewed by {day}, and was not"));
    }
    let joiner_ms = scope.settings.limits.joiner_days * DAY_MS;
    let people = people::persons(scope.history, scope.period.to_ms);
    if people.is_empty() {
        part.miss(
            GapKind::NotRecorded,
            "nobody is on the list of people: `avouch training people FILE`",
        );
    }
    let silent = people.iter().filter(|person| {
        let since_ms = person.since_ms.max(at_ms);
        let passed = since_ms.saturating_add(joiner_ms) < scope.period.to_ms;
        passed && !state.acknowledged.iter().any(|ack| ack.who == person.shown)
    });
    let silent: Vec<u64> = silent.map(|person| person.index).collect();
    if !silent.is_empty() {
        let (count, of) = (silent.len(), people.len());
        let entries = silent.into_iter().chain([published]);
        part.fail(
            entries,
            format!(
                "{count} of {of} people have not acknowledged version {} of policy `{id}`",
                state.version
            ),
        );
    }
}

/// Each version that was published within the period was approved before by somebody else than its
/// author.
fn approved_by_another(history: &History, id: &str, part: &mut Part) {
    let of_id = |entry: &&Entry<Policy>| entry.fact.id == id;
    let published = history.policies.iter().filter(of_id).filter(|entry| {
        entry.fact.event == PolicyEvent::Published && history.period.holds(entry.time_ms)
    });
    for entry in published {
        let same = |other: &&Entry<Policy>| {
            other.fact.id == id
                && other.fact.digest == entry.fact.digest
                && other.fact.version == entry.fact.version
        };
        let before = |event: PolicyEvent| {
            let earlier =
                history.policies.iter().filter(same).filter(move |other| other.index < entry.index);
            earlier.filter(move |other| other.fact.event == event)
        };
        let authors: Vec<Personal> =
            before(PolicyEvent::Drafted).filter_map(|entry| entry.fact.actor.clone()).collect();
        let approvals: Vec<&Entry<Policy>> = before(PolicyEvent::Approved).collect();
        let by_other = approvals.iter().any(|approval| {
            approval.fact.actor.is_some() && !among(approval.fact.actor.as_ref(), &authors)
        });
        let version = &entry.fact.version;
        if approvals.is_empty() {
            let late = history.policies.iter().filter(same).find(|other| {
                other.index > entry.index && other.fact.event == PolicyEvent::Approved
            });
            let entries = [Some(entry.index), late.map(|late| late.index)].into_iter().flatten();
            let because = if late.is_some() {
                "was approved only after it came into force"
            } else {
                "came into force without an approval"
            };
            part.fail(entries, format!("version {version} of policy `{id}` {because}"));
        } else if !by_other || authors.is_empty() {
            part.fail(
                approvals.iter().map(|entry| entry.index),
                format!("version {version} of policy `{id}` was approved by nobody but its author"),
            );
        }
    }
}
