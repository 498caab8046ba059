//! The register of exceptions.

use super::{Scope, looked_at, none_occurred};
use crate::assessment::Part;
use crate::registers::exceptions::fold;

/// Every exception was decided by somebody else than who asked, says why, and ends.
pub fn each_is_approved_and_ends(scope: &Scope<'_>) -> Part {
    let period = scope.period;
    let states = fold(scope.history);
    let over = |ended: Option<u64>| ended.is_some_and(|ended| ended <= period.from_ms);
    let in_period: Vec<_> = states
        .iter()
        .filter(|state| {
            state.is_allowed && !over(state.until_ms) && !over(state.revoked.map(|(_, at)| at))
        })
        .collect();
    if in_period.is_empty() {
        return none_occurred(scope, "exception");
    }
    let mut part = Part::default();
    let mut failed = 0;
    for state in &in_period {
        let before = part.exceptions.len();
        let id = &state.id;
        part.rest_on(state.entries.iter().copied());
        let other = |who: &&String| Some(*who) != state.requested_by.as_ref();
        let must = [
            (
                state.decided_by.iter().any(|who| other(&who)),
                "was allowed by nobody but who asked for it",
            ),
            (state.until_ms.is_some(), "has no end"),
            (state.because.is_some(), "says no reason"),
        ];
        for (_, because) in must.iter().filter(|(holds, _)| !holds) {
            part.fail(state.entries.iter().copied(), format!("exception `{id}` {because}"));
        }
        failed += usize::from(part.exceptions.len() > before);
    }
    let last_ms = in_period.iter().map(|state| state.since_ms).max();
    part.procedures.push(looked_at(
        "exceptions, each decided by another, with a reason and an end",
        in_period.len(),
        failed,
        last_ms,
    ));
    part
}
