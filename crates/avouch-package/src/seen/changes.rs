//! Changes of configurations and policies in the period.

use avouch_model::coding::{Personal, Word};
use avouch_model::fact::configuration::Configuration;
use avouch_model::fact::decision::{Decision, Verdict};
use avouch_model::fact::policy::{Policy, PolicyEvent};
use avouch_prove::entry::Entry;
use avouch_prove::history::History;

/// LIMIT: changes that are shown one by one: the newest.
pub(crate) const CHANGES_MAX: usize = 50;

/// A change.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) index: u64,
    pub(crate) time_ms: u64,
    pub(crate) what: String,
    pub(crate) event: &'static str,
    pub(crate) actor: Option<String>,
    /// Who approved it; `None` for what needs nobody else, such as an approval.
    pub(crate) approved_by: Option<Vec<String>>,
    pub(crate) is_emergency: bool,
}

/// Who approved a configuration: as it says itself, else who decided about its digest before it came into
/// force. Whether that is enough is judged by CHG-1.
fn approved_by(history: &History, entry: &Entry<Configuration>) -> Vec<String> {
    let shown = |people: &[Personal]| people.iter().map(Personal::shown).collect();
    if !entry.fact.approved_by.is_empty() {
        return shown(&entry.fact.approved_by);
    }
    let digest = entry.fact.digest.to_string();
    let allowed = |decision: &&Entry<Decision>| {
        decision.index < entry.index
            && decision.fact.verdict == Verdict::Allow
            && decision.fact.objects.contains(&digest)
    };
    let decision = history.decisions.iter().rfind(allowed);
    decision.map(|decision| shown(&decision.fact.decided_by)).unwrap_or_default()
}

/// Who approved a version of a policy before an entry.
fn approvers(policies: &[Entry<Policy>], version: &Policy, before: u64) -> Vec<String> {
    let same = |fact: &Policy| {
        (&fact.id, &fact.version, fact.digest) == (&version.id, &version.version, version.digest)
    };
    let approved = policies.iter().filter(|entry| {
        entry.index < before && entry.fact.event == PolicyEvent::Approved && same(&entry.fact)
    });
    approved.filter_map(|entry| entry.fact.actor.as_ref().map(Personal::shown)).collect()
}

/// A fact of a change.
enum Fact<'a> {
    Configuration(&'a Entry<Configuration>),
    Policy(&'a Entry<Policy>),
}

/// The newest, in the order of the ledger.
pub(super) fn of(history: &History) -> Vec<Change> {
    let configurations = history
        .within(&history.configurations)
        .map(|entry| (entry.index, Fact::Configuration(entry)));
    let policies = history
        .within(&history.policies)
        .filter(|entry| entry.fact.event != PolicyEvent::Acknowledged)
        .map(|entry| (entry.index, Fact::Policy(entry)));
    let mut all: Vec<(u64, Fact<'_>)> = configurations.chain(policies).collect();
    all.sort_by_key(|(index, _)| *index);
    let newest = all.split_off(all.len().saturating_sub(CHANGES_MAX));
    newest.into_iter().map(|(_, fact)| change(history, &fact)).collect()
}

fn change(history: &History, fact: &Fact<'_>) -> Change {
    match fact {
        Fact::Configuration(entry) => Change {
            index: entry.index,
            time_ms: entry.time_ms,
            what: entry.fact.component.clone(),
            event: entry.fact.event.word(),
            actor: entry.fact.actor.as_ref().map(Personal::shown),
            approved_by: Some(approved_by(history, entry)),
            is_emergency: entry.fact.emergency == Some(true),
        },
        Fact::Policy(entry) => Change {
            index: entry.index,
            time_ms: entry.time_ms,
            what: format!("policy {} {}", entry.fact.id, entry.fact.version),
            event: entry.fact.event.word(),
            actor: entry.fact.actor.as_ref().map(Personal::shown),
            approved_by: (entry.fact.event == PolicyEvent::Published)
                .then(|| approvers(&history.policies, &entry.fact, entry.index)),
            is_emergency: false,
        },
    }
}
