//! Personal data that went to others.

use super::{Scope, looked_at, none_occurred};
use crate::assessment::Part;
use crate::registers::vendors::fold;

/// Each disclosure says to whom, what for and on what ground, and goes to who is in the register.
pub fn each_is_registered(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let all: Vec<_> = history.within(&history.disclosures).collect();
    if all.is_empty() {
        return none_occurred(scope, "disclosure");
    }
    let vendors = fold(history);
    let mut part = Part::default();
    let mut failed = 0;
    for entry in &all {
        let before = part.exceptions.len();
        let (fact, id) = (&entry.fact, &entry.fact.id);
        part.rest_on([entry.index]);
        let known = vendors.iter().any(|vendor| {
            vendor.id == fact.recipient || vendor.destinations.contains(&fact.recipient)
        });
        let must = [
            (known, "went to somebody who is not in the register of vendors"),
            (fact.purpose.is_some(), "does not say what for"),
            (fact.ground.is_some(), "does not say on what ground"),
            (!fact.classes.is_empty(), "does not say what class of data"),
            (fact.authorised, "was not allowed"),
        ];
        for (_, because) in must.iter().filter(|(holds, _)| !holds) {
            part.fail([entry.index], format!("disclosure `{id}` {because}"));
        }
        failed += usize::from(part.exceptions.len() > before);
    }
    let last_ms = all.last().map(|entry| entry.time_ms);
    part.procedures.push(looked_at(
        "disclosures, each to a registered recipient with purpose and ground",
        all.len(),
        failed,
        last_ms,
    ));
    part
}

/// Each disclosure that was not allowed is part of an incident whose record says who is affected.
pub fn each_unauthorised_one_is_an_incident(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let wrong: Vec<_> =
        history.within(&history.disclosures).filter(|entry| !entry.fact.authorised).collect();
    let breaches: Vec<_> = history
        .within(&history.incidents)
        .filter(|entry| entry.fact.is_breach == Some(true))
        .collect();
    if wrong.is_empty() && breaches.is_empty() {
        return none_occurred(scope, "unauthorised disclosure");
    }
    let mut part = Part::default();
    for entry in &wrong {
        let named = breaches.iter().any(|breach| breach.fact.entries.contains(&entry.index));
        part.rest_on([entry.index]);
        if !named {
            let id = &entry.fact.id;
            part.fail(
                [entry.index],
                format!("the unauthorised disclosure `{id}` is part of no incident"),
            );
        }
    }
    for breach in &breaches {
        part.rest_on([breach.index]);
        if breach.fact.subjects.is_empty() && breach.fact.subjects_query.is_none() {
            let id = &breach.fact.id;
            part.fail(
                [breach.index],
                format!("the record of `{id}` does not say whose data it was, nor how to find out"),
            );
        }
    }
    let failed = part.exceptions.len();
    let last_ms = wrong.iter().map(|e| e.time_ms).chain(breaches.iter().map(|e| e.time_ms)).max();
    part.procedures.push(looked_at(
        "unauthorised disclosures and breaches, each with whom it concerns",
        wrong.len() + breaches.len(),
        failed,
        last_ms,
    ));
    part
}
