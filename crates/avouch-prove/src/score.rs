//! The score of a team's controls: three parts, and a formula that anybody can do again.
//!
//! The formula is on the page `docs/controls-score.md`. Its version is on every point, because a
//! score of another formula is another score.

use crate::assessment::{Assessed, Assessment};
use crate::control::Control;
use crate::controls;
use crate::entry::Entry;
use crate::history::History;
use crate::settings::Settings;
use avouch_model::fact::control_run::{ControlRun, RunResult};
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the formula.
pub const FORMULA: &str = "controls-score/1";

/// What is known of a control at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The control.
    pub control: &'static Control,
    /// Whether it was effective; `None` when it was not tested.
    pub effective: Option<bool>,
    /// When its newest occurrence was, in milliseconds since 1970.
    pub last_ms: Option<u64>,
}

impl PartialEq for Control {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Control {}

/// The score, with all that it was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// The version of the formula.
    pub formula: &'static str,
    /// Controls in scope.
    pub in_scope: u64,
    /// Of these, how many were tested.
    pub tested: u64,
    /// Of these, how many were effective.
    pub effective: u64,
    /// Of the tested ones, how many have an occurrence that is no older than their interval.
    pub fresh: u64,
    /// Effective in per cent of tested, rounded down; not there when none was tested.
    pub effectiveness_percent: Option<u64>,
    /// Tested in per cent of those in scope, rounded down; not there when none is in scope.
    pub coverage_percent: Option<u64>,
    /// Fresh in per cent of tested, rounded down; not there when none was tested.
    pub freshness_percent: Option<u64>,
    /// The product of the three, 0 to 100, rounded down. Nothing tested is 0.
    pub value: u64,
}

/// Computes the score at a moment. A control that was not tested earns nothing.
pub fn of(standings: &[Standing], settings: &Settings, now_ms: u64) -> Score {
    let count = |wanted: &dyn Fn(&Standing) -> bool| {
        u64::try_from(standings.iter().filter(|one| wanted(one)).count()).unwrap_or(u64::MAX)
    };
    let is_fresh = |one: &Standing| {
        let Some(last_ms) = one.last_ms else { return false };
        let due_ms = settings.frequency(one.control).due_ms(last_ms);
        due_ms.is_none_or(|due| due >= now_ms)
    };
    let in_scope = count(&|_| true);
    let tested = count(&|one| one.effective.is_some());
    let effective = count(&|one| one.effective == Some(true));
    let fresh = count(&|one| one.effective.is_some() && is_fresh(one));
    let percent = |part: u64, whole: u64| (100 * part).checked_div(whole);
    // 100 × effective/tested × tested/in scope × fresh/tested, in one division.
    let value = (100 * effective * fresh).checked_div(in_scope * tested).unwrap_or(0);
    Score {
        formula: FORMULA,
        in_scope,
        tested,
        effective,
        fresh,
        effectiveness_percent: percent(effective, tested),
        coverage_percent: percent(tested, in_scope),
        freshness_percent: percent(fresh, tested),
        value,
    }
}

/// What assessments amount to. Controls that management left out are not in scope; those that had
/// nothing to act on neither.
pub fn standings(assessed: &[Assessed]) -> Vec<Standing> {
    let in_scope = assessed.iter().filter(|one| one.excluded.is_none() && !one.had_no_event());
    in_scope
        .map(|one| Standing {
            control: one.control,
            effective: match one.assessment {
                Assessment::Effective => Some(true),
                Assessment::Exceptions(_) => Some(false),
                Assessment::NotTested(_) => None,
            },
            last_ms: one.last_ms(),
        })
        .collect()
}

/// A score that was recorded: the state after a run of controls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The run.
    pub run: String,
    /// The last entry of the run.
    pub index: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The score, from what the ledger says up to there: the newest run of each control counts.
    pub score: Score,
}

/// One point for each run of controls that was recorded within the period. Each is computed from
/// facts `control-run` alone, so that whoever has the ledger can do it again.
pub fn series(history: &History, settings: &Settings) -> Vec<Point> {
    let mut newest: BTreeMap<&str, &Entry<ControlRun>> = BTreeMap::new();
    let mut points = Vec::new();
    let runs: Vec<&Entry<ControlRun>> =
        history.runs.iter().filter(|run| controls::find(&run.fact.test).is_some()).collect();
    for (at, run) in runs.iter().enumerate() {
        newest.insert(&run.fact.test, run);
        let goes_on = runs.get(at + 1).is_some_and(|next| next.fact.run == run.fact.run);
        if goes_on || !history.period.holds(run.time_ms) {
            continue;
        }
        let standings = recorded(&newest, settings);
        let score = of(&standings, settings, run.time_ms);
        let (index, at_ms) = (run.index, run.time_ms);
        points.push(Point { run: run.fact.run.clone(), index, at_ms, score });
    }
    points
}

fn recorded(newest: &BTreeMap<&str, &Entry<ControlRun>>, settings: &Settings) -> Vec<Standing> {
    let in_scope = controls::ALL.iter().filter(|control| {
        settings.covers_control(control) && !settings.excluded.contains_key(control.id)
    });
    in_scope
        .filter_map(|control| {
            let run = newest.get(control.id);
            let result = run.map(|run| run.fact.result);
            if result == Some(RunResult::NotApplicable) {
                return None;
            }
            let effective = match result {
                Some(RunResult::Pass) => Some(true),
                Some(RunResult::Fail) => Some(false),
                _ => None,
            };
            Some(Standing {
                control,
                effective,
                last_ms: run.and_then(|run| run.fact.to_ms.or(Some(run.time_ms))),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(effective: Option<bool>, last_ms: Option<u64>) -> Standing {
        Standing { control: controls::find("IAM-1").unwrap(), effective, last_ms }
    }

    const DAY: u64 = 86_400_000;

    #[test]
    fn what_was_not_tested_earns_nothing() {
        let settings = Settings::default();
        let all = [standing(Some(true), Some(9 * DAY)), standing(None, None)];
        let score = of(&all, &settings, 10 * DAY);
        assert_eq!(
            (score.effectiveness_percent, score.coverage_percent, score.freshness_percent),
            (Some(100), Some(50), Some(100))
        );
        assert_eq!(score.value, 50);
        assert_eq!(of(&all[..1], &settings, 10 * DAY).value, 100);
        assert_eq!(of(&[], &settings, 10 * DAY).value, 0);
        assert_eq!(of(&[standing(None, None)], &settings, 0).effectiveness_percent, None);
    }

    #[test]
    fn what_failed_and_what_is_old_lower_the_score() {
        let settings = Settings::default();
        let fresh = standing(Some(true), Some(9 * DAY));
        let failed = of(&[fresh, standing(Some(false), Some(9 * DAY))], &settings, 10 * DAY);
        assert_eq!((failed.effectiveness_percent, failed.value), (Some(50), 50));
        let old = of(&[fresh, standing(Some(true), Some(DAY))], &settings, 10 * DAY);
        assert_eq!((old.freshness_percent, old.value), (Some(50), 50));
    }
}
