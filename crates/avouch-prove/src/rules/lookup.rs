//! What is asked for again and again, found without going through everything each time.

use super::keys::Life;
use crate::entry::Entry;
use avouch_model::coding::Personal;
use avouch_model::fact::decision::Decision;
use avouch_model::fact::key::Key;
use std::collections::BTreeMap;

/// Decisions, by what they can be about; each list in the order of the ledger.
#[derive(Debug, Default)]
pub struct Decided<'a> {
    ids: BTreeMap<&'a str, Vec<&'a Entry<Decision>>>,
    objects: BTreeMap<&'a str, Vec<&'a Entry<Decision>>>,
    tickets: BTreeMap<&'a str, Vec<&'a Entry<Decision>>>,
    subjects: BTreeMap<String, Vec<&'a Entry<Decision>>>,
}

impl<'a> Decided<'a> {
    /// Of decisions in the order of the ledger.
    pub fn of(decisions: impl Iterator<Item = &'a Entry<Decision>>) -> Self {
        let mut all = Self::default();
        for entry in decisions {
            let fact = &entry.fact;
            all.ids.entry(&fact.id).or_default().push(entry);
            for object in &fact.objects {
                all.objects.entry(object).or_default().push(entry);
            }
            if let Some(ticket) = &fact.ticket {
                all.tickets.entry(ticket).or_default().push(entry);
            }
            if let (Some(subject), true) = (&fact.subject, fact.objects.is_empty()) {
                all.subjects.entry(subject.shown()).or_default().push(entry);
            }
        }
        all
    }

    /// Those with an id.
    pub fn with_id(&self, id: &str) -> &[&'a Entry<Decision>] {
        self.ids.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those about an object.
    pub fn about(&self, object: &str) -> &[&'a Entry<Decision>] {
        self.objects.get(object).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that name a ticket.
    pub fn with_ticket(&self, ticket: &str) -> &[&'a Entry<Decision>] {
        self.tickets.get(ticket).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those about a person, and about no object.
    pub fn about_person(&self, who: &Personal) -> &[&'a Entry<Decision>] {
        self.subjects.get(&who.shown()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those about a credential, or about nothing but who holds it.
    pub fn about_key(&self, key: &Key) -> impl Iterator<Item = &'a Entry<Decision>> {
        let whom = key.owner.as_ref().map(|owner| self.about_person(owner)).unwrap_or_default();
        self.about(&key.id).iter().chain(whom).copied()
    }
}

/// Decisions in the order of the ledger, each once.
pub fn in_order<'a>(
    decisions: impl Iterator<Item = &'a Entry<Decision>>,
) -> Vec<&'a Entry<Decision>> {
    let mut all: Vec<_> = decisions.collect();
    all.sort_unstable_by_key(|entry| entry.index);
    all.dedup_by_key(|entry| entry.index);
    all
}

/// Lives of credentials, by their ids and by who holds them.
#[derive(Debug, Default)]
pub struct Held<'a> {
    ids: BTreeMap<&'a str, Vec<&'a Life<'a>>>,
    owners: BTreeMap<String, Vec<&'a Life<'a>>>,
}

impl<'a> Held<'a> {
    /// Of some lives.
    pub fn of(lives: &'a [Life<'a>]) -> Self {
        let mut all = Self::default();
        for life in lives {
            let key = &life.begun.fact;
            all.ids.entry(&key.id).or_default().push(life);
            if let Some(owner) = &key.owner {
                all.owners.entry(owner.shown()).or_default().push(life);
            }
        }
        all
    }

    /// Those of somebody.
    pub fn by(&self, who: &Personal) -> &[&'a Life<'a>] {
        self.owners.get(&who.shown()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that a decision is about, each once: those it names, or else all of whom it is about.
    pub fn of_decision(&self, decision: &Decision) -> Vec<&'a Life<'a>> {
        if decision.objects.is_empty() {
            return decision.subject.as_ref().map(|who| self.by(who).to_vec()).unwrap_or_default();
        }
        let named = decision.objects.iter().filter_map(|object| self.ids.get(object.as_str()));
        let mut all: Vec<_> = named.flatten().copied().collect();
        all.sort_unstable_by_key(|life| life.begun.index);
        all.dedup_by_key(|life| life.begun.index);
        all
    }
}
