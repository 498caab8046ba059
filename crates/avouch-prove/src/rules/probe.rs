//! What tests of the team's own say, where the program has no eyes.

use super::{Ran, Scope, covered};
use crate::assessment::{GapKind, Part};
use crate::control::Probe;
use crate::entry::Entry;
use avouch_model::fact::control_run::{ControlRun, RunResult};

/// Holds the control's probes against the runs that were recorded of them.
pub fn probed(scope: &Scope<'_>) -> Part {
    let probes = scope.control.sources.probes.iter();
    probes.map(|probe| one(scope, probe)).fold(Part::default(), Part::and)
}

fn one(scope: &Scope<'_>, probe: &Probe) -> Part {
    let every = match scope.settings.frequency.get(scope.control.id) {
        Some(every) => *every,
        None => probe.every,
    };
    let runs: Vec<&Entry<ControlRun>> = scope
        .history
        .within(&scope.history.runs)
        .filter(|run| run.fact.test.eq_ignore_ascii_case(probe.id))
        .collect();
    if runs.is_empty() {
        let (what, id) = (probe.what, probe.id);
        return Part::gap(
            GapKind::NotRecorded,
            format!(
                "no run of the test `{id}` ({what}) in the ledger: run it {every} and record what it shows with `avouch control record {id}`"
            ),
        );
    }
    let answered = runs.iter().filter(|run| run.fact.result != RunResult::NotTested);
    let ran: Vec<Ran> = answered
        .map(|run| Ran {
            index: run.index,
            at_ms: run.time_ms,
            failed: run.fact.result == RunResult::Fail,
        })
        .collect();
    let what = format!("{} ({})", probe.what, probe.id);
    let mut part = covered(&what, every, scope.period, &ran);
    for run in runs {
        let because = || run.fact.because.join("; ");
        match run.fact.result {
            RunResult::Fail => {
                let places = run.fact.exceptions.join(", ");
                let because = [because(), places].into_iter().filter(|text| !text.is_empty());
                let because: Vec<String> = because.collect();
                part.fail([run.index], format!("{}: {}", probe.id, because.join(": ")));
            }
            RunResult::NotTested => {
                let message = format!("a run of {} could tell nothing: {}", probe.id, because());
                part.miss(GapKind::Partial, message);
            }
            RunResult::Pass if run.fact.not_tested > 0 => {
                let left = run.fact.not_tested;
                part.miss(GapKind::Partial, format!("{}: {left} could not be tested", probe.id));
            }
            RunResult::Pass | RunResult::NotApplicable => (),
        }
    }
    part
}
