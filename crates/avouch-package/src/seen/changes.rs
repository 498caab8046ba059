//! Changes of configurations and policies in the period.

use avouch_model::coding::{Personal, Word};
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

/// The newest, in the order of the ledger.
pub(super) fn of(history: &History) -> Vec<Change> {
    let configurations = history.within(&history.configurations).map(|entry| Change {
        index: entry.index,
        time_ms: entry.time_ms,
        what: entry.fact.component.clone(),
        event: entry.fact.event.word(),
        actor: entry.fact.actor.as_ref().map(Personal::shown),
        approved_by: Some(entry.fact.approved_by.iter().map(Personal::shown).collect()),
        is_emergency: entry.fact.emergency == Some(true),
    });
    let policies = &history.policies;
    let policies = history.within(policies).map(|entry| Change {
        index: entry.index,
        time_ms: entry.time_ms,
        what: format!("policy {} {}", entry.fact.id, entry.fact.version),
        event: entry.fact.event.word(),
        actor: entry.fact.actor.as_ref().map(Personal::shown),
        approved_by: (entry.fact.event == PolicyEvent::Published)
            .then(|| approvers(policies, &entry.fact, entry.index)),
        is_emergency: false,
    });
    let policies = policies.filter(|change| change.event != "acknowledged");
    let mut all: Vec<Change> = configurations.chain(policies).collect();
    all.sort_by_key(|change| change.index);
    all.split_off(all.len().saturating_sub(CHANGES_MAX))
}
