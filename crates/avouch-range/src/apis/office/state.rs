//! People, sessions and papers.

use crate::api::On;
use crate::kit::people::accounts;
use crate::kit::random;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// LIMIT: people and papers of one kind.
const KEPT_MAX: usize = 2_000;

/// Somebody who works here.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: u64,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) balance: i64,
    pub(super) salary: u64,
}

impl Person {
    pub(super) fn is_admin(&self) -> bool {
        self.role == "admin"
    }

    /// What a person sees of itself.
    pub(super) fn own(&self) -> Value {
        json!({"id": self.id, "email": self.email, "name": self.name, "role": self.role,
            "balance": self.balance})
    }
}

/// Everything that changes.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) people: Vec<Person>,
    sessions: BTreeMap<String, u64>,
    /// Papers by kind, such as `expenses`.
    papers: BTreeMap<&'static str, Vec<Value>>,
    /// Who redeemed which voucher.
    pub(super) redeemed: BTreeSet<(u64, String)>,
    last_id: u64,
}

/// A running office.
#[derive(Debug)]
pub(super) struct Office {
    on: On,
    held: Mutex<Held>,
}

impl Office {
    /// Fills it.
    pub(super) fn open(on: On) -> Self {
        let people = accounts();
        let mut held = Held { last_id: 4_100, ..Held::default() };
        for (n, account) in [people.a, people.b, people.admin].into_iter().enumerate() {
            let role = if account.role == "admin" { "admin" } else { "employee" };
            held.people.push(Person {
                id: 71 + n as u64 * 6,
                email: account.email.to_owned(),
                password: account.password.to_owned(),
                name: account.name.to_owned(),
                role: role.to_owned(),
                balance: 40,
                salary: 41_350 + n as u64 * 9_120,
            });
        }
        let owners: Vec<u64> = held.people.iter().map(|person| person.id).collect();
        for (n, owner) in owners.into_iter().cycle().take(6).enumerate() {
            let purpose = format!("train to site {} and back", 12 + n * 7);
            let draft = json!({"purpose": purpose, "amount": 38 + n * 11});
            held.file("expenses", owner, &draft, &["purpose", "amount"]);
            let draft = json!({"purpose": format!("visit to yard {}", 3 + n * 5)});
            held.file("trips", owner, &draft, &["purpose"]);
        }
        Self { on, held: Mutex::new(held) }
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// A number nothing else has.
    fn number(&mut self) -> u64 {
        self.last_id += 3;
        self.last_id
    }

    /// Adds a person; `None` when the address is taken or the office is full.
    pub(super) fn hire(&mut self, email: &str, password: &str, name: &str) -> Option<&mut Person> {
        let taken = self.people.iter().any(|person| person.email == email);
        if taken || self.people.len() >= KEPT_MAX {
            return None;
        }
        let id = self.number();
        self.people.push(Person {
            id,
            email: email.to_owned(),
            password: password.to_owned(),
            name: name.to_owned(),
            role: "employee".to_owned(),
            balance: 0,
            salary: 30_000,
        });
        self.people.last_mut()
    }

    /// A session for whoever that is.
    ///
    /// Errors: the system gives no randomness.
    pub(super) fn sign_in(&mut self, email: &str, password: &str) -> io::Result<Option<String>> {
        let known = self.people.iter().find(|p| p.email == email && p.password == password);
        let Some(id) = known.map(|person| person.id) else { return Ok(None) };
        let token = random::secret_uuid()?.replace('-', "");
        self.sessions.insert(token.clone(), id);
        Ok(Some(token))
    }

    /// Whose session that is.
    pub(super) fn caller(&self, bearer: Option<&str>) -> Option<Person> {
        let token = bearer?.strip_prefix("Bearer ")?;
        let id = self.sessions.get(token.trim())?;
        self.people.iter().find(|person| person.id == *id).cloned()
    }

    /// Files a paper of that kind with these of the draft's fields.
    pub(super) fn file(
        &mut self,
        kind: &'static str,
        owner: u64,
        draft: &Value,
        fields: &[&str],
    ) -> Value {
        let id = self.number();
        let mut paper = Map::new();
        paper.insert("id".to_owned(), json!(id));
        paper.insert("employeeId".to_owned(), json!(owner));
        paper.insert("status".to_owned(), json!("submitted"));
        for field in fields {
            paper.insert((*field).to_owned(), draft.get(*field).cloned().unwrap_or_default());
        }
        let papers = self.papers.entry(kind).or_default();
        if papers.len() < KEPT_MAX {
            papers.push(Value::Object(paper.clone()));
        }
        Value::Object(paper)
    }

    /// Papers of that kind.
    pub(super) fn papers(&mut self, kind: &'static str) -> &mut Vec<Value> {
        self.papers.entry(kind).or_default()
    }

    /// The paper of that kind and number.
    pub(super) fn paper(&mut self, kind: &'static str, id: &str) -> Option<&mut Value> {
        let wanted: u64 = id.parse().ok()?;
        self.papers(kind).iter_mut().find(|paper| paper.get("id") == Some(&json!(wanted)))
    }

    /// Throws a paper away; whether it was there.
    pub(super) fn shred(&mut self, kind: &'static str, id: &str) -> bool {
        let Ok(wanted) = id.parse::<u64>() else { return false };
        let papers = self.papers(kind);
        let before = papers.len();
        papers.retain(|paper| paper.get("id") != Some(&json!(wanted)));
        papers.len() < before
    }
}
