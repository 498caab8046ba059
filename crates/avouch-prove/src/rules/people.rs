//! Training.

use super::{DAY_MS, Scope, looked_at};
use crate::assessment::{GapKind, Part};
use crate::registers::people::{courses, persons};

/// Everybody in the team has done a course within the last year, and newcomers within the limit.
pub fn everybody_is_trained(scope: &Scope<'_>) -> Part {
    let (history, limits) = (scope.history, scope.settings.limits);
    let end_ms = scope.period.to_ms;
    let people = persons(history, end_ms);
    if people.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "nobody is on the list of people: `avouch training people FILE`",
        );
    }
    let all = courses(history);
    if all.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "no training in the ledger: `avouch training import FILE`",
        );
    }
    let mut part = Part::default();
    for person in &people {
        let theirs: Vec<_> = all.iter().filter(|course| course.person == person.shown).collect();
        part.rest_on(theirs.iter().map(|course| course.index).chain([person.index]));
        let fresh = theirs.iter().any(|course| {
            let lasts = |done: u64| {
                course.expires_ms.unwrap_or_else(|| done.saturating_add(limits.fresh_days * DAY_MS))
            };
            course.completed_ms.is_some_and(|done| done < end_ms && lasts(done) >= end_ms)
        });
        let due_ms = person.since_ms.saturating_add(limits.joiner_days * DAY_MS);
        if !fresh && due_ms < end_ms {
            let entries = theirs.iter().map(|course| course.index).chain([person.index]);
            part.fail(entries, "somebody in the team has no training that still counts");
        }
        for course in theirs.iter().filter(|course| course.completed_ms.is_none()) {
            if course.due_ms.is_some_and(|due| due < end_ms) {
                part.fail(
                    [course.index],
                    format!(
                        "the course `{}` was assigned, is over its date and was not done",
                        course.course
                    ),
                );
            }
        }
    }
    let failed = part.exceptions.len();
    let last_ms = history.trainings.last().map(|entry| entry.time_ms);
    part.procedures.push(looked_at(
        "people in the team, each trained",
        people.len(),
        failed,
        last_ms,
    ));
    part
}
