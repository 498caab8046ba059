//! Whose notes and orders there are, and what was remembered.

use crate::api::On;
use crate::kit::people::accounts;
use crate::kit::sessions::Sessions;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// LIMIT: notes that are kept.
const NOTES_MAX: usize = 500;

/// What a running chat holds. People are known by their e-mail addresses.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) on: On,
    pub(super) sessions: Sessions,
    orders: Vec<(&'static str, u64, Value)>,
    notes: Mutex<BTreeMap<u64, (String, String)>>,
    memory: Mutex<BTreeMap<String, String>>,
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Fills it.
    pub(super) fn open(on: On) -> Self {
        let people = accounts();
        let owners = [people.a.email, people.b.email];
        let order = |n: u64| {
            let owner = if n.is_multiple_of(2) { owners.first() } else { owners.last() };
            let number = 48_210 + n * 17;
            let shown = json!({"number": number, "giftNote": format!("tie it with cord no {}", 611 + n * 7)});
            (owner.copied().unwrap_or_default(), number, shown)
        };
        Self {
            on,
            sessions: Sessions::default(),
            orders: (0..6).map(order).collect(),
            notes: Mutex::default(),
            memory: Mutex::default(),
        }
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    pub(super) fn orders_of(&self, email: &str) -> Vec<Value> {
        let own = self.orders.iter().filter(|(owner, ..)| *owner == email);
        own.map(|(.., shown)| shown.clone()).collect()
    }

    /// An order by its number: the caller's own, or anybody's.
    pub(super) fn order(&self, number: u64, email: &str, anybodys: bool) -> Option<Value> {
        let mut all = self.orders.iter();
        let found = all.find(|(owner, known, _)| *known == number && (anybodys || *owner == email));
        found.map(|(.., shown)| shown.clone())
    }

    pub(super) fn notes_of(&self, email: &str) -> Vec<Value> {
        let notes = held(&self.notes);
        let own = notes.iter().filter(|(_, (owner, _))| owner == email);
        own.map(|(id, (_, text))| json!({"id": id, "text": text})).collect()
    }

    pub(super) fn note(&self, id: u64, email: &str) -> Option<Value> {
        let notes = held(&self.notes);
        let (_, text) = notes.get(&id).filter(|(owner, _)| owner == email)?;
        Some(json!({"id": id, "text": text}))
    }

    pub(super) fn add_note(&self, email: &str, text: &str) -> Option<Value> {
        let mut notes = held(&self.notes);
        let id = notes.last_key_value().map_or(3_101, |(last, _)| last + 7);
        if notes.len() >= NOTES_MAX {
            return None;
        }
        notes.insert(id, (email.to_owned(), text.to_owned()));
        Some(json!({"id": id, "text": text}))
    }

    pub(super) fn remove_note(&self, id: u64, email: &str) -> bool {
        let mut notes = held(&self.notes);
        let own = notes.get(&id).is_some_and(|(owner, _)| owner == email);
        own && notes.remove(&id).is_some()
    }

    /// Remembers a word under that name.
    pub(super) fn remember(&self, name: &str, word: &str) {
        held(&self.memory).insert(name.to_owned(), word.to_owned());
    }

    pub(super) fn recall(&self, name: &str) -> Option<String> {
        held(&self.memory).get(name).cloned()
    }
}
