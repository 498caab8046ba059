//! Policies: which version is in force, who approved it, who has acknowledged it.

use crate::entry::Entry;
use crate::history::History;
use avouch_model::coding::{Digest, Personal};
use avouch_model::fact::policy::{Policy, PolicyEvent};
use serde::Serialize;

/// Who has taken note of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acknowledged {
    /// Who, as facts show a person.
    pub who: String,
    /// The entry.
    pub index: u64,
    /// When the ledger took it, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A policy as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyState {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The newest version.
    pub version: String,
    /// SHA-256 of the text of the newest version.
    #[serde(serialize_with = "super::digest")]
    pub digest: Digest,
    /// Who wrote the newest version.
    pub author: Option<String>,
    /// Who approved the newest version.
    pub approved_by: Vec<String>,
    /// The entry in which the version in force was published, and from when it holds.
    pub published: Option<(u64, u64)>,
    /// The version in force.
    pub in_force: Option<String>,
    /// SHA-256 of the text in force.
    #[serde(serialize_with = "super::digest_option")]
    pub in_force_digest: Option<Digest>,
    /// The entry of the last review, and when.
    pub reviewed: Option<(u64, u64)>,
    /// When it is to be looked at again, in milliseconds since 1970.
    pub review_due_ms: Option<u64>,
    /// Who has acknowledged the version in force.
    pub acknowledged: Vec<Acknowledged>,
    /// The controls that put it to work.
    pub controls: Vec<String>,
    /// The entry in which it was given up.
    pub retired: Option<u64>,
    /// Every entry about it.
    pub entries: Vec<u64>,
}

impl PolicyState {
    /// Whether it was given up.
    pub fn is_retired(&self) -> bool {
        self.retired.is_some()
    }

    /// Whether the newest version is in force.
    pub fn is_current(&self) -> bool {
        self.in_force_digest == Some(self.digest) && self.in_force.as_ref() == Some(&self.version)
    }

    fn begun(fact: &Policy) -> Self {
        Self {
            id: fact.id.clone(),
            title: fact.title.clone(),
            version: fact.version.clone(),
            digest: fact.digest,
            author: None,
            approved_by: Vec::new(),
            published: None,
            in_force: None,
            in_force_digest: None,
            reviewed: None,
            review_due_ms: None,
            acknowledged: Vec::new(),
            controls: Vec::new(),
            retired: None,
            entries: Vec::new(),
        }
    }

    fn take(&mut self, entry: &Entry<Policy>) {
        let fact = &entry.fact;
        let who = fact.actor.as_ref().map(Personal::shown);
        let is_newest = fact.version == self.version && fact.digest == self.digest;
        self.entries.push(entry.index);
        match fact.event {
            PolicyEvent::Drafted => {
                self.title.clone_from(&fact.title);
                self.version.clone_from(&fact.version);
                self.digest = fact.digest;
                self.author = who;
                self.approved_by.clear();
                self.controls.clone_from(&fact.controls);
            }
            PolicyEvent::Approved if is_newest => self.approved_by.extend(who),
            PolicyEvent::Published => {
                self.published = Some((entry.index, fact.effective_ms.unwrap_or(entry.time_ms)));
                self.in_force = Some(fact.version.clone());
                self.in_force_digest = Some(fact.digest);
                self.review_due_ms = fact.review_due_ms;
                self.acknowledged.clear();
                self.retired = None;
            }
            PolicyEvent::Acknowledged if Some(fact.digest) == self.in_force_digest => {
                let known = who
                    .as_ref()
                    .is_some_and(|who| self.acknowledged.iter().any(|ack| ack.who == *who));
                if let (Some(who), false) = (who, known) {
                    let (index, at_ms) = (entry.index, entry.time_ms);
                    self.acknowledged.push(Acknowledged { who, index, at_ms });
                }
            }
            PolicyEvent::Approved | PolicyEvent::Acknowledged => (),
            PolicyEvent::Reviewed => {
                self.reviewed = Some((entry.index, fact.effective_ms.unwrap_or(entry.time_ms)));
                self.review_due_ms = fact.review_due_ms;
            }
            PolicyEvent::Retired => self.retired = Some(entry.index),
        }
    }
}

/// Every policy, by id in the order in which they came.
pub fn fold(history: &History) -> Vec<PolicyState> {
    let mut all: Vec<PolicyState> = Vec::new();
    for entry in &history.policies {
        if let Some(state) = all.iter_mut().find(|state| state.id == entry.fact.id) {
            state.take(entry);
        } else {
            let mut state = PolicyState::begun(&entry.fact);
            state.take(entry);
            all.push(state);
        }
    }
    all
}
