//! Whether controls are looked at as often as they should.

use super::{Ran, Scope, covered, looked_at, missing_is_failing, some_of};
use crate::assessment::{GapKind, Part};
use crate::controls;
use crate::frequency::Frequency;
use std::collections::BTreeMap;

/// A run of all controls was recorded every day, and each control in scope is in one.
pub fn every_control_is_run(scope: &Scope<'_>) -> Part {
    let history = scope.history;
    let of_controls: Vec<_> = history
        .within(&history.runs)
        .filter(|run| controls::find(&run.fact.test).is_some())
        .collect();
    if of_controls.is_empty() {
        return Part::gap(
            GapKind::NotRecorded,
            "no run of controls in the ledger: `avouch control run --due` daily",
        );
    }
    let mut runs: BTreeMap<&str, Ran> = BTreeMap::new();
    for run in &of_controls {
        runs.entry(&run.fact.run).or_insert(Ran {
            index: run.index,
            at_ms: run.time_ms,
            failed: false,
        });
    }
    let runs: Vec<Ran> = runs.into_values().collect();
    let mut part =
        missing_is_failing(covered("runs of controls", Frequency::Daily, scope.period, &runs));
    let in_scope: Vec<_> =
        controls::ALL.iter().filter(|control| scope.settings.covers_control(control)).collect();
    let never: Vec<&str> = in_scope
        .iter()
        .filter(|control| !of_controls.iter().any(|run| run.fact.test == control.id))
        .map(|control| control.id)
        .collect();
    if !never.is_empty() {
        part.miss(GapKind::MissingRuns, format!("never run in the period: {}", some_of(&never)));
    }
    let last_ms = of_controls.last().map(|run| run.time_ms);
    part.procedures.push(looked_at(
        "controls in scope, each with a dated history",
        in_scope.len(),
        never.len(),
        last_ms,
    ));
    part
}

/// Each control in scope has somebody who answers for it.
pub fn every_control_has_an_owner(scope: &Scope<'_>) -> Part {
    let in_scope: Vec<_> =
        controls::ALL.iter().filter(|control| scope.settings.covers_control(control)).collect();
    let without: Vec<&str> = in_scope
        .iter()
        .filter(|control| scope.settings.owner(control).is_none())
        .map(|control| control.id)
        .collect();
    let mut part = Part::default();
    if without.len() == in_scope.len() {
        part.miss(
            GapKind::NotRecorded,
            "no control has an owner: say them in `[prove.owners]` of the configuration",
        );
    } else if !without.is_empty() {
        part.fail([], format!("nobody answers for {}", some_of(&without)));
    }
    part.procedures.push(looked_at(
        "controls in scope, each with an owner",
        in_scope.len(),
        without.len(),
        None,
    ));
    part
}
