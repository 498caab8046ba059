use super::*;
use crate::assess::assess;
use crate::assessment::{Assessed, Assessment};
use crate::control::Control;
use crate::controls;
use crate::entry::Said;
use crate::examples::{history, said as fact};
use crate::period::day_begin_ms;
use crate::settings::Settings;
use serde_json::json;

/// What people hand in for a control, and the days that it speaks of.
fn handed_in(control: &Control, proof: Proof, days: (&str, &str)) -> (u64, Said) {
    let kind = match proof {
        Proof::Statement => "statement",
        Proof::Document => "report",
    };
    let members = json!({
        "id": "E-1", "event": "received", "evidence_kind": kind, "controls": [control.id],
        "actor": "anna", "effective_from_ms": day_begin_ms(days.0).unwrap(),
        "effective_to_ms": day_begin_ms(days.1).unwrap(),
    });
    (day_begin_ms("2026-02-01").unwrap(), fact("evidence", &members.to_string()))
}

fn assessed(control: &'static Control, facts: Vec<(u64, Said)>) -> Assessed {
    let period = Period::of_days("2026-01-01", "2026-12-31").unwrap();
    assess(control, &history(period, facts), &Settings::default())
}

fn has(one: &Assessed, kind: GapKind) -> bool {
    one.gaps.iter().any(|gap| gap.kind == kind)
}

/// Controls for which people have to do something by themselves, and those acts.
fn acts() -> impl Iterator<Item = (&'static Control, &'static Act)> {
    let due = |act: &&Act| act.every != Frequency::PerEvent;
    controls::ALL.iter().flat_map(move |control| {
        control.sources.acts.iter().filter(due).map(move |act| (*control, act))
    })
}

#[test]
fn evidence_outside_the_period_is_flagged() {
    let mut looked_at = 0;
    for (control, act) in acts() {
        let outside = handed_in(control, act.proof, ("2024-03-01", "2024-03-31"));
        let one = assessed(control, vec![outside]);
        assert!(has(&one, GapKind::OutsidePeriod), "{}: {:?}", control.id, one.gaps);
        assert_ne!(one.assessment, Assessment::Effective, "{}", control.id);
        let inside = handed_in(control, act.proof, ("2026-01-15", "2026-01-20"));
        let one = assessed(control, vec![inside]);
        assert!(!has(&one, GapKind::OutsidePeriod), "{}: {:?}", control.id, one.gaps);
        looked_at += 1;
    }
    assert!(looked_at > 10, "{looked_at}");
}

#[test]
fn an_annual_control_without_an_occurrence_is_flagged() {
    let mut looked_at = 0;
    for (control, act) in acts().filter(|(_, act)| act.every == Frequency::Annual) {
        let one = assessed(control, Vec::new());
        assert!(has(&one, GapKind::ManualMissing), "{}: {:?}", control.id, one.gaps);
        assert_ne!(one.assessment, Assessment::Effective, "{}", control.id);
        // What was done in another year is no occurrence of this one.
        let earlier = handed_in(control, act.proof, ("2024-03-01", "2024-03-31"));
        let one = assessed(control, vec![earlier]);
        assert!(has(&one, GapKind::NoOccurrence), "{}: {:?}", control.id, one.gaps);
        looked_at += 1;
    }
    assert!(looked_at > 0);
    for control in controls::ALL.iter().filter(|one| one.frequency == Frequency::Annual) {
        let one = assessed(control, Vec::new());
        assert!(matches!(one.assessment, Assessment::NotTested(_)), "{}", control.id);
    }
}
