//! The register of risks.

use super::{DAY_MS, Scope, looked_at};
use crate::assessment::{GapKind, Part};
use crate::registers::risks::fold;
use avouch_model::fact::risk::Treatment;

/// Every risk is rated, owned and fresh, and each high one is treated or borne knowingly.
pub fn each_is_in_hand(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let limits = scope.settings.limits;
    let states = fold(history);
    let open: Vec<_> = states.iter().filter(|state| state.closed.is_none()).collect();
    if states.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "no risk in the ledger: import a register with `avouch risk import`",
        );
    }
    let mut part = Part::default();
    if history.within(&history.risks).next().is_none() {
        let period = scope.period;
        part.miss(GapKind::NoOccurrence, format!("no act in the register of risks from {period}"));
    }
    let mut failed = 0;
    for state in &open {
        let (entry, looked_ms) = state.looked_at;
        let before = part.exceptions.len();
        let id = &state.id;
        part.rest_on(state.entries.iter().copied());
        let due_ms = state
            .review_due_ms
            .unwrap_or_else(|| looked_ms.saturating_add(limits.fresh_days * DAY_MS));
        if due_ms < scope.period.to_ms {
            part.fail(
                [entry],
                format!("risk `{id}` was to be looked at by {}", crate::period::date(due_ms)),
            );
        }
        if state.owner.is_none() {
            part.fail([entry], format!("nobody answers for risk `{id}`"));
        }
        match state.rating() {
            None => part.fail([entry], format!("risk `{id}` was not rated")),
            Some(rating) if rating >= limits.high_risk => {
                let borne = state.accepted_by.is_some();
                let treated = !matches!(state.treatment, None | Some(Treatment::Accept));
                if !borne && !treated {
                    part.fail([entry], format!("risk `{id}` is high ({rating}) and neither treated nor borne by anybody"));
                } else if !borne && state.controls.is_empty() {
                    part.fail(
                        [entry],
                        format!(
                            "risk `{id}` is high ({rating}) and no control is named against it"
                        ),
                    );
                }
            }
            Some(_) => (),
        }
        failed += usize::from(part.exceptions.len() > before);
    }
    let last_ms = history.risks.last().map(|entry| entry.time_ms);
    part.procedures.push(looked_at(
        "open risks, each rated, owned, fresh and in hand",
        open.len(),
        failed,
        last_ms,
    ));
    part
}
