//! The register of vendors.

use super::{DAY_MS, Scope, looked_at};
use crate::assessment::{GapKind, Part};
use crate::registers::vendors::{VendorState, fold};
use avouch_model::fact::vendor::VendorRisk;

/// Every vendor is rated, owned, under contract and was looked at within the last year.
pub fn each_is_looked_after(scope: &Scope<'_>) -> Part {
    let states = fold(scope.history);
    let standing: Vec<_> = states.iter().filter(|state| state.ended.is_none()).collect();
    if standing.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "no vendor in the ledger: import a register with `avouch vendor import`",
        );
    }
    let mut part = Part::default();
    let mut failed = 0;
    for state in &standing {
        let before = part.exceptions.len();
        part.rest_on(state.entries.iter().copied());
        one(scope, state, &mut part);
        failed += usize::from(part.exceptions.len() > before);
    }
    let last_ms = scope.history.vendors.last().map(|entry| entry.time_ms);
    part.procedures.push(looked_at(
        "vendors, each rated, owned, under contract and looked at",
        standing.len(),
        failed,
        last_ms,
    ));
    part
}

fn one(scope: &Scope<'_>, state: &VendorState, part: &mut Part) {
    let id = &state.id;
    let all = || state.entries.iter().copied();
    let must: [(bool, &str); 3] = [
        (state.risk.is_some(), "was not rated"),
        (state.owner.is_some(), "is nobody's to answer for"),
        (state.contract == Some(true), "has no contract that the register knows of"),
    ];
    for (_, because) in must.iter().filter(|(holds, _)| !holds) {
        part.fail(all(), format!("vendor `{id}` {because}"));
    }
    if !state.classes.is_empty() {
        let terms = [
            (state.privacy_terms, "protect the data it gets"),
            (state.breach_terms, "tell of breaches"),
        ];
        for (_, promise) in terms.iter().filter(|(said, _)| *said != Some(true)) {
            part.fail(all(), format!("vendor `{id}` gets data and has not promised to {promise}"));
        }
    }
    let fresh_ms = scope.settings.limits.fresh_days * DAY_MS;
    match state.reviewed {
        None => part.fail(all(), format!("vendor `{id}` was never looked at")),
        Some((entry, at_ms)) => {
            let due_ms = state.review_due_ms.unwrap_or_else(|| at_ms.saturating_add(fresh_ms));
            if due_ms < scope.period.to_ms {
                let day = crate::period::date(due_ms);
                part.fail([entry], format!("vendor `{id}` was to be looked at by {day}"));
            }
        }
    }
}

/// The report of each vendor on which much depends covers the period, but for its last three months,
/// for which a letter of the vendor is usual.
pub fn reports_cover_the_period(scope: &Scope<'_>) -> Part {
    const LETTER_MS: u64 = 92 * DAY_MS;
    let states = fold(scope.history);
    let high: Vec<_> = states
        .iter()
        .filter(|state| state.ended.is_none() && state.risk == Some(VendorRisk::High))
        .collect();
    if high.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "no hosting vendor with the rating `high` in the register: `avouch vendor import`",
        );
    }
    let mut part = Part::default();
    for state in &high {
        let id = &state.id;
        part.rest_on(state.entries.iter().copied());
        let Some((from_ms, to_ms)) = state.covered else {
            part.fail(
                state.entries.iter().copied(),
                format!("no report of assurance of `{id}` is on file"),
            );
            continue;
        };
        if from_ms > scope.period.from_ms || to_ms.saturating_add(LETTER_MS) < scope.period.to_ms {
            let (from, to) = (crate::period::date(from_ms), crate::period::date(to_ms));
            part.fail(
                state.entries.iter().copied(),
                format!("the report of `{id}` covers {from} to {to}, not the period"),
            );
        }
    }
    let failed = part.exceptions.len();
    let last_ms = scope.history.vendors.last().map(|entry| entry.time_ms);
    part.procedures.push(looked_at(
        "reports of vendors on which much depends",
        high.len(),
        failed,
        last_ms,
    ));
    part
}
