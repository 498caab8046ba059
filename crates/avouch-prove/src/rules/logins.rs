//! How administrators come in.

use super::{Scope, looked_at, none_occurred};
use crate::assessment::Part;
use avouch_model::fact::administration::AdministrationOutcome;

/// Every administrator showed a second factor, and whoever went around the usual way named a ticket.
pub fn each_showed_a_second_factor(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let logins = &history.logins;
    let acts: Vec<_> = history
        .within(&history.administrations)
        .filter(|entry| entry.fact.outcome == AdministrationOutcome::Done)
        .collect();
    if logins.count == 0 && acts.is_empty() {
        return none_occurred(scope, "sign-in or act of an administrator");
    }
    let mut part = Part::default();
    part.rest_on(logins.entries.iter().copied().chain(acts.iter().map(|entry| entry.index)));
    for login in &logins.named {
        let service = &login.service;
        part.fail([login.index], format!("a sign-in to `{service}` shows no second factor"));
    }
    let named = part.exceptions.len();
    let weak = usize::try_from(logins.weak).unwrap_or(usize::MAX);
    let more = weak.saturating_sub(named);
    if more > 0 {
        part.fail([], format!("{more} more sign-ins show no second factor"));
    }
    let before = part.exceptions.len();
    for act in &acts {
        let (fact, action) = (&act.fact, &act.fact.action);
        if fact.second_factor == Some(false) {
            part.fail([act.index], format!("`{action}` was done without a second factor"));
        }
        if fact.break_glass == Some(true) && fact.ticket.is_none() {
            part.fail(
                [act.index],
                format!("`{action}` went around the usual way and names no ticket"),
            );
        }
    }
    let last_ms = acts.iter().map(|entry| entry.time_ms).max().max(logins.last_ms);
    let failed = weak.saturating_add(part.exceptions.len() - before);
    let count = usize::try_from(logins.count).unwrap_or(usize::MAX);
    part.procedures.push(looked_at(
        "sign-ins and acts of administrators, each with a second factor",
        count.saturating_add(acts.len()),
        failed,
        last_ms,
    ));
    part
}
