//! People: who is in the team, with which roles, and what they have learnt.

use crate::history::History;
use avouch_model::coding::Personal;
use avouch_model::fact::person::PersonEvent;
use avouch_model::fact::training::TrainingEvent;
use serde::Serialize;
use std::collections::BTreeMap;

/// A person in the team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Present {
    /// Who, as facts show a person.
    pub shown: String,
    /// What people call them.
    pub name: Option<String>,
    /// Their roles.
    pub roles: Vec<String>,
    /// Since when, in milliseconds since 1970.
    pub since_ms: u64,
    /// The entry in which they joined.
    pub index: u64,
}

/// The role of what is on the list of people so that its keys end with it, and is nobody.
const INTEGRATION: &str = "integration";

impl Present {
    /// Whether it is a person, who can be trained and can read policies.
    pub fn is_person(&self) -> bool {
        !self.roles.iter().any(|role| role == INTEGRATION)
    }
}

/// The people among who is in the team at a moment, by name: without integrations.
pub fn persons(history: &History, at_ms: u64) -> Vec<Present> {
    let mut all = present(history, at_ms);
    all.retain(Present::is_person);
    all
}

/// Who is in the team at a moment, by name, integrations too.
pub fn present(history: &History, at_ms: u64) -> Vec<Present> {
    let mut all: BTreeMap<String, Present> = BTreeMap::new();
    for entry in &history.people {
        let fact = &entry.fact;
        let effective_ms = fact.effective_ms.unwrap_or(entry.time_ms);
        if effective_ms > at_ms {
            continue;
        }
        let shown = fact.person.shown();
        let name = fact.name.as_ref().map(Personal::shown);
        match fact.event {
            PersonEvent::Left => {
                all.remove(&shown);
            }
            PersonEvent::Joined => {
                let (roles, index) = (fact.roles.clone(), entry.index);
                let person =
                    Present { shown: shown.clone(), name, roles, since_ms: effective_ms, index };
                all.insert(shown, person);
            }
            PersonEvent::Changed => {
                if let Some(person) = all.get_mut(&shown) {
                    person.roles.clone_from(&fact.roles);
                    person.name = name.or_else(|| person.name.take());
                }
            }
        }
    }
    all.into_values().collect()
}

/// A course that a person has done, or has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Course {
    /// The person, as facts show one.
    pub person: String,
    /// The id of the course.
    pub course: String,
    /// The entry of the newest word about it.
    pub index: u64,
    /// When it was done last, in milliseconds since 1970.
    pub completed_ms: Option<u64>,
    /// When it has to be done again.
    pub expires_ms: Option<u64>,
    /// When it is due.
    pub due_ms: Option<u64>,
}

/// Every course of every person.
pub fn courses(history: &History) -> Vec<Course> {
    let mut all: BTreeMap<(String, String), Course> = BTreeMap::new();
    for entry in &history.trainings {
        let fact = &entry.fact;
        let key = (fact.person.shown(), fact.course.clone());
        let course = all.entry(key.clone()).or_insert_with(|| Course {
            person: key.0,
            course: key.1,
            index: entry.index,
            completed_ms: None,
            expires_ms: None,
            due_ms: None,
        });
        course.index = entry.index;
        course.due_ms = fact.due_ms.or(course.due_ms);
        match fact.event {
            TrainingEvent::Completed => {
                course.completed_ms = Some(fact.completed_ms.unwrap_or(entry.time_ms));
                course.expires_ms = fact.expires_ms;
            }
            TrainingEvent::Expired => course.expires_ms = Some(entry.time_ms),
            TrainingEvent::Assigned | TrainingEvent::Failed => (),
        }
    }
    all.into_values().collect()
}
