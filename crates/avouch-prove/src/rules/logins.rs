//! How administrators come in.

use super::{Scope, looked_at, none_occurred};
use crate::assessment::Part;
use avouch_model::fact::administration::AdministrationOutcome;
use avouch_model::fact::authentication::{AuthenticationEvent, Outcome};

/// Every administrator showed a second factor, and whoever went around the usual way named a ticket.
pub fn each_showed_a_second_factor(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let logins: Vec<_> = history
        .within(&history.authentications)
        .filter(|entry| entry.fact.outcome == Outcome::Success)
        .filter(|entry| {
            matches!(entry.fact.event, AuthenticationEvent::Login | AuthenticationEvent::StepUp)
        })
        .collect();
    let acts: Vec<_> = history
        .within(&history.administrations)
        .filter(|entry| entry.fact.outcome == AdministrationOutcome::Done)
        .collect();
    if logins.is_empty() && acts.is_empty() {
        return none_occurred(scope, "sign-in or act of an administrator");
    }
    let mut part = Part::default();
    part.rest_on(
        logins.iter().map(|entry| entry.index).chain(acts.iter().map(|entry| entry.index)),
    );
    for login in &logins {
        if login.fact.second_factor != Some(true) {
            let service = &login.fact.service;
            part.fail([login.index], format!("a sign-in to `{service}` shows no second factor"));
        }
    }
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
    let last_ms = logins.iter().map(|e| e.time_ms).chain(acts.iter().map(|e| e.time_ms)).max();
    let failed = part.exceptions.len();
    part.procedures.push(looked_at(
        "sign-ins and acts of administrators, each with a second factor",
        logins.len() + acts.len(),
        failed,
        last_ms,
    ));
    part
}
