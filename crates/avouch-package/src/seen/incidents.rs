//! Incidents of the period, each folded from what was written down about it.

use avouch_model::coding::Word;
use avouch_model::fact::incident::{Incident, IncidentEvent};
use avouch_prove::entry::Entry;
use avouch_prove::history::History;
use std::collections::BTreeMap;

/// LIMIT: incidents that are shown one by one.
const CASES_MAX: usize = 1_000;

/// LIMIT: acts of an incident that are shown one by one.
const STEPS_MAX: usize = 200;

/// An incident, or what looked like one.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) title: String,
    /// The severity that was said last.
    pub(crate) severity: &'static str,
    /// Whether somebody said that it is one.
    pub(crate) is_declared: bool,
    /// How it stands: the last state that was said.
    pub(crate) state: &'static str,
    /// Whether personal data was breached, as far as somebody said.
    pub(crate) is_breach: Option<bool>,
    pub(crate) classes: Vec<String>,
    /// What was written down, in the order of the ledger.
    pub(crate) steps: Vec<Step>,
}

/// Something that was written down about an incident.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) index: u64,
    pub(crate) time_ms: u64,
    pub(crate) event: &'static str,
    pub(crate) said: String,
}

/// All of which something was written down in the period, ascending by id.
pub(super) fn of(history: &History) -> Vec<Case> {
    let mut cases: BTreeMap<&str, Case> = BTreeMap::new();
    for entry in history.within(&history.incidents) {
        let fact = &entry.fact;
        if !cases.contains_key(fact.id.as_str()) && cases.len() >= CASES_MAX {
            continue;
        }
        let case = cases.entry(&fact.id).or_insert_with(|| begun(history, fact));
        add(case, entry);
    }
    cases.into_values().collect()
}

fn begun(history: &History, fact: &Incident) -> Case {
    let declared = |entry: &&Entry<Incident>| {
        entry.fact.id == fact.id && entry.fact.event == IncidentEvent::Declared
    };
    Case {
        id: fact.id.clone(),
        title: fact.title.clone(),
        severity: fact.severity.word(),
        // It may have been declared before the period.
        is_declared: history.incidents.iter().any(|entry| declared(&entry)),
        state: "noted",
        is_breach: None,
        classes: Vec::new(),
        steps: Vec::new(),
    }
}

fn add(case: &mut Case, entry: &Entry<Incident>) {
    let fact = &entry.fact;
    case.severity = fact.severity.word();
    case.is_breach = fact.is_breach.or(case.is_breach);
    if !fact.classes.is_empty() {
        case.classes.clone_from(&fact.classes);
    }
    let is_state = !matches!(
        fact.event,
        IncidentEvent::Action
            | IncidentEvent::Notified
            | IncidentEvent::NotNotified
            | IncidentEvent::Note
            | IncidentEvent::Assessed
    );
    if is_state {
        case.state = fact.event.word();
    }
    let said = [&fact.action, &fact.recipient, &fact.result, &fact.because];
    let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
    if case.steps.len() < STEPS_MAX {
        case.steps.push(Step {
            index: entry.index,
            time_ms: entry.time_ms,
            event: fact.event.word(),
            said: said.join("; "),
        });
    }
}
