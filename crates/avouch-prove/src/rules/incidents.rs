//! Alerts and incidents.

use super::{DAY_MS, HOUR_MS, Scope, looked_at, none_occurred};
use crate::assessment::Part;
use crate::entry::Entry;
use crate::history::History;
use avouch_model::fact::incident::{Incident, IncidentEvent};
use avouch_model::severity::Severity;
use std::collections::BTreeMap;

/// All acts of each incident, in their order.
pub fn by_id(history: &History) -> BTreeMap<&str, Vec<&Entry<Incident>>> {
    let mut all: BTreeMap<&str, Vec<&Entry<Incident>>> = BTreeMap::new();
    for entry in &history.incidents {
        all.entry(&entry.fact.id).or_default().push(entry);
    }
    all
}

fn first<'a>(acts: &[&'a Entry<Incident>], event: IncidentEvent) -> Option<&'a Entry<Incident>> {
    acts.iter().copied().find(|act| act.fact.event == event)
}

/// Incidents that were declared within the period.
fn declared<'a>(scope: &Scope<'a>) -> Vec<Vec<&'a Entry<Incident>>> {
    let holds = |acts: &Vec<&Entry<Incident>>| {
        first(acts, IncidentEvent::Declared).is_some_and(|act| scope.period.holds(act.time_ms))
    };
    by_id(scope.history).into_values().filter(holds).collect()
}

/// Each alert was judged in time, with a reason when it was dismissed.
pub fn each_alert_was_judged(scope: &Scope<'_>) -> Part {
    let limit_ms = scope.settings.limits.alert_hours * HOUR_MS;
    let all = by_id(scope.history);
    let alerts: Vec<_> = all
        .values()
        .filter_map(|acts| Some((first(acts, IncidentEvent::Suspected)?, acts)))
        .filter(|(alert, _)| scope.period.holds(alert.time_ms))
        .collect();
    if alerts.is_empty() {
        return none_occurred(scope, "alert");
    }
    let mut part = Part::default();
    for (alert, acts) in &alerts {
        let id = &alert.fact.id;
        let judged = acts.iter().find(|act| {
            matches!(act.fact.event, IncidentEvent::Declared | IncidentEvent::Dismissed)
        });
        let due_ms = alert.time_ms.saturating_add(limit_ms);
        part.rest_on([Some(alert.index), judged.map(|act| act.index)].into_iter().flatten());
        match judged {
            None if due_ms < scope.period.to_ms => {
                part.fail([alert.index], format!("alert `{id}` was never judged"));
            }
            Some(act) if act.time_ms > due_ms => {
                part.fail([alert.index, act.index], format!("alert `{id}` was judged too late"));
            }
            Some(act)
                if act.fact.event == IncidentEvent::Dismissed && act.fact.because.is_none() =>
            {
                part.fail([act.index], format!("alert `{id}` was dismissed without a reason"));
            }
            Some(_) | None => (),
        }
    }
    let failed = part.exceptions.len();
    let last_ms = alerts.iter().map(|(alert, _)| alert.time_ms).max();
    part.procedures.push(looked_at("alerts, each judged in time", alerts.len(), failed, last_ms));
    part
}

/// What the record of an incident has to say, and does not.
fn lacking(acts: &[&Entry<Incident>]) -> Vec<&'static str> {
    let any = |said: fn(&Incident) -> bool| acts.iter().any(|act| said(&act.fact));
    let must: [(&'static str, bool); 6] = [
        ("who leads", any(|fact| fact.commander.is_some())),
        ("since when it is known", any(|fact| fact.aware_ms.is_some())),
        ("since when it went on", any(|fact| fact.occurred_from_ms.is_some())),
        (
            "what it reached",
            any(|fact| {
                !fact.operations.is_empty() || !fact.classes.is_empty() || !fact.subjects.is_empty()
            }),
        ),
        ("whether it is a breach", any(|fact| fact.is_breach.is_some())),
        (
            "entries or evidence it rests on",
            any(|fact| {
                !fact.entries.is_empty() || !fact.evidence.is_empty() || !fact.findings.is_empty()
            }),
        ),
    ];
    must.into_iter().filter(|(_, said)| !said).map(|(what, _)| what).collect()
}

/// The record of each incident says all it has to.
pub fn each_record_is_complete(scope: &Scope<'_>) -> Part {
    let incidents = declared(scope);
    each(scope, &incidents, "incidents, each with a complete record", |acts, part| {
        let lacking = lacking(acts);
        if let (false, Some(act)) = (lacking.is_empty(), acts.first()) {
            let entries = acts.iter().map(|act| act.index);
            part.fail(
                entries,
                format!("the record of `{}` does not say {}", act.fact.id, lacking.join(", ")),
            );
        }
    })
}

/// For each incident it was decided who is told, and who had to be told was told in time.
pub fn each_notice_was_in_time(scope: &Scope<'_>) -> Part {
    let incidents = declared(scope);
    each(scope, &incidents, "incidents, each with a decision about notices", |acts, part| {
        let Some(id) = acts.first().map(|act| &act.fact.id) else { return };
        let notices: Vec<_> = acts
            .iter()
            .filter(|act| {
                matches!(act.fact.event, IncidentEvent::Notified | IncidentEvent::NotNotified)
            })
            .collect();
        if notices.is_empty() {
            part.fail(
                acts.iter().map(|act| act.index),
                format!("nobody decided whom to tell of `{id}`"),
            );
        }
        for act in notices {
            let fact = &act.fact;
            let who = fact.recipient.as_deref().unwrap_or("somebody");
            if fact.event == IncidentEvent::Notified
                && fact.due_ms.is_some_and(|due| act.time_ms > due)
            {
                part.fail([act.index], format!("{who} was told of `{id}` too late"));
            }
            if fact.event == IncidentEvent::NotNotified && fact.because.is_none() {
                part.fail(
                    [act.index],
                    format!("that {who} need not be told of `{id}` has no reason"),
                );
            }
        }
    })
}

/// Each grave incident was looked back upon in time.
pub fn each_was_learnt_from(scope: &Scope<'_>) -> Part {
    let limit_ms = scope.settings.limits.lessons_days * DAY_MS;
    let grave =
        |acts: &Vec<&Entry<Incident>>| acts.iter().any(|act| act.fact.severity >= Severity::High);
    let incidents: Vec<_> = declared(scope).into_iter().filter(grave).collect();
    each(scope, &incidents, "grave incidents, each looked back upon", |acts, part| {
        let over = [IncidentEvent::Recovered, IncidentEvent::Eradicated, IncidentEvent::Declared];
        let Some(over) = over.into_iter().find_map(|event| first(acts, event)) else { return };
        let id = &over.fact.id;
        let due_ms = over.time_ms.saturating_add(limit_ms);
        match first(acts, IncidentEvent::Closed) {
            Some(closed) if closed.time_ms > due_ms => part
                .fail([over.index, closed.index], format!("`{id}` was looked back upon too late")),
            Some(closed) if closed.fact.because.is_none() => part
                .fail([closed.index], format!("`{id}` was closed without saying what caused it")),
            None if due_ms < scope.period.to_ms => {
                part.fail([over.index], format!("`{id}` was never looked back upon"));
            }
            Some(_) | None => (),
        }
    })
}

/// Each incident was contained, and the record says what was done.
pub fn each_was_contained(scope: &Scope<'_>) -> Part {
    let incidents = declared(scope);
    // Without an incident the drill alone shows that it would work.
    if incidents.is_empty() {
        return Part::default();
    }
    each(scope, &incidents, "incidents, each contained", |acts, part| {
        let Some(begun) = acts.first() else { return };
        if first(acts, IncidentEvent::Contained).is_none() {
            part.fail(
                acts.iter().map(|act| act.index),
                format!("nothing says that `{}` was contained", begun.fact.id),
            );
        }
    })
}

fn each(
    scope: &Scope<'_>,
    incidents: &[Vec<&Entry<Incident>>],
    what: &str,
    look: impl Fn(&[&Entry<Incident>], &mut Part),
) -> Part {
    if incidents.is_empty() {
        return none_occurred(scope, "incident");
    }
    let mut part = Part::default();
    let mut failed = 0;
    for acts in incidents {
        let before = part.exceptions.len();
        part.rest_on(acts.iter().map(|act| act.index));
        look(acts, &mut part);
        failed += usize::from(part.exceptions.len() > before);
    }
    let last_ms = incidents.iter().flatten().map(|act| act.time_ms).max();
    part.procedures.push(looked_at(what, incidents.len(), failed, last_ms));
    part
}
