//! From facts to what may be said about controls.

use crate::assessment::{Assessed, Assessment, Gap, GapKind, Part};
use crate::control::Control;
use crate::controls;
use crate::history::History;
use crate::rules::{self, Scope};
use crate::settings::Settings;

/// Judges every control in scope, in the order of the library.
pub fn assess_all(history: &History, settings: &Settings) -> Vec<Assessed> {
    let in_scope = controls::ALL.iter().filter(|control| settings.covers_control(control));
    in_scope.map(|control| assess(control, history, settings)).collect()
}

/// Judges one control by the facts of a period.
pub fn assess(control: &'static Control, history: &History, settings: &Settings) -> Assessed {
    let scope = Scope { control, period: history.period, history, settings };
    let owner = settings.owner(control).map(str::to_owned);
    let excluded = settings.excluded.get(control.id).cloned();
    let Part { procedures, exceptions, mut gaps, rests_on } =
        if excluded.is_some() { Part::default() } else { gathered(&scope) };
    gaps.sort();
    gaps.dedup();
    let assessment = match (&excluded, exceptions.is_empty(), gaps.is_empty()) {
        (Some(why), ..) => Assessment::NotTested(vec![Gap {
            kind: GapKind::NotRecorded,
            because: format!("management left it out: {why}"),
        }]),
        (None, false, _) => Assessment::Exceptions(exceptions),
        (None, true, false) => Assessment::NotTested(gaps.clone()),
        (None, true, true) => Assessment::Effective,
    };
    Assessed { control, owner, excluded, assessment, gaps, procedures, rests_on }
}

/// All that is said about a control. A part that says nothing at all is a gap, not a pass.
fn gathered(scope: &Scope<'_>) -> Part {
    let part = rules::attacked(scope)
        .and(rules::probed(scope))
        .and(rules::acted(scope))
        .and((scope.control.fold)(scope));
    let unreadable = &scope.history.unreadable;
    if unreadable.count > 0 {
        let (count, entries) = (unreadable.count, &unreadable.entries);
        return part.and(Part::gap(
            GapKind::Unreadable,
            format!("{count} records of the period cannot be read, the first are {entries:?}: give the keys, or a newer version"),
        ));
    }
    if let Some(first) = scope.history.left_out.first {
        let count = scope.history.left_out.count;
        return part.and(Part::gap(
            GapKind::Partial,
            format!("{count} facts are more than can be judged at once, the first is entry {first}: what they say is not known"),
        ));
    }
    if part.procedures.is_empty() && part.exceptions.is_empty() && part.gaps.is_empty() {
        return part.and(Part::gap(GapKind::NotRecorded, "nothing in the ledger speaks of it"));
    }
    part
}
