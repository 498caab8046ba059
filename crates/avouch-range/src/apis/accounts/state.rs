//! Members, sessions, and wrong passwords that were counted.

use super::token::Mint;
use crate::api::On;
use crate::kit::clock::unix_seconds;
use crate::kit::people::accounts;
use crate::kit::random::{secret_bytes, secret_uuid};
use http::{HeaderMap, header};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// LIMIT: wrong passwords before a name has to wait.
const WRONG_MAX: u32 = 5;
/// Seconds it has to wait.
const WAIT_SECONDS: u64 = 60;

/// Somebody who registered.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) number: u64,
    pub(super) email: String,
    password: String,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) role: String,
}

/// What somebody ordered at the bar.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) email: String,
    pub(super) drink: String,
    pub(super) quantity: i64,
}

#[derive(Debug, Default)]
struct Books {
    orders: BTreeMap<u64, Order>,
    members: BTreeMap<String, Member>,
    sessions: BTreeMap<String, String>,
    /// How many were wrong and when the last was, by what is counted.
    wrong: BTreeMap<String, (u32, u64)>,
}

/// What a running API holds.
#[derive(Debug)]
pub(super) struct Club {
    on: On,
    mint: Mint,
    books: Mutex<Books>,
}

/// What of a member is changed.
pub(super) enum Change {
    Password(String),
    Name(String),
    Role(String),
}

/// What came of a login.
pub(super) enum Entry {
    Token(String),
    WrongPassword,
    UnknownName,
    Wait,
}

impl Club {
    /// Opens it with the members every API has.
    ///
    /// Errors: the system gives no randomness.
    pub(super) fn open(on: On) -> io::Result<Self> {
        let people = accounts();
        let club = Self { on, mint: Mint::new(secret_bytes()?), books: Mutex::default() };
        for person in [people.a, people.b, people.admin] {
            club.register(person.email, person.password, person.name, "+12025550171");
        }
        Ok(club)
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a member, unless the address is one's already.
    pub(super) fn register(&self, email: &str, password: &str, name: &str, phone: &str) {
        let mut books = self.books();
        let number = 1_000 + books.members.len() as u64 * 7;
        books.members.entry(email.to_owned()).or_insert_with(|| Member {
            number,
            email: email.to_owned(),
            password: password.to_owned(),
            name: name.to_owned(),
            phone: phone.to_owned(),
            role: "member".to_owned(),
        });
    }

    /// Notes an order, and its number.
    pub(super) fn note(&self, order: Order) -> u64 {
        let mut books = self.books();
        let id = 7_000 + books.orders.len() as u64 * 13;
        books.orders.insert(id, order);
        id
    }

    /// That order.
    pub(super) fn noted(&self, id: u64) -> Option<Order> {
        self.books().orders.get(&id).cloned()
    }

    /// Whether that is the member's password.
    pub(super) fn is_password_of(&self, email: &str, password: &str) -> bool {
        self.books().members.get(email).is_some_and(|member| member.password == password)
    }

    /// Whose number that is.
    pub(super) fn address_of(&self, number: u64) -> Option<String> {
        let books = self.books();
        books.members.values().find(|member| member.number == number).map(|m| m.email.clone())
    }

    /// Changes a member. Whether there is such a member.
    pub(super) fn change(&self, email: &str, change: &Change) -> bool {
        let mut books = self.books();
        let Some(member) = books.members.get_mut(email) else { return false };
        match change {
            Change::Password(password) => member.password.clone_from(password),
            Change::Name(name) => member.name.clone_from(name),
            Change::Role(role) => member.role.clone_from(role),
        }
        true
    }

    /// Whether there is such a member.
    pub(super) fn knows(&self, email: &str) -> bool {
        self.books().members.contains_key(email)
    }

    /// Lets a member in. `counted` is what wrong passwords are counted by; nothing counts nothing.
    ///
    /// Errors: the system gives no randomness.
    pub(super) fn enter(
        &self,
        email: &str,
        password: &str,
        counted: Option<&str>,
    ) -> io::Result<Entry> {
        let session = secret_uuid()?;
        let now = unix_seconds();
        let mut books = self.books();
        if let Some(key) = counted {
            let (wrong, at) = books.wrong.get(key).copied().unwrap_or_default();
            if wrong >= WRONG_MAX && now < at + WAIT_SECONDS {
                return Ok(Entry::Wait);
            }
            if wrong >= WRONG_MAX {
                books.wrong.remove(key);
            }
        }
        let known = books.members.get(email).map(|member| member.password == password);
        if known == Some(true) {
            books.sessions.insert(session.clone(), email.to_owned());
            let seconds = if self.has("tokens-for-a-month") { 30 * 86_400 } else { 15 * 60 };
            return Ok(Entry::Token(self.mint.issue(&session, seconds)));
        }
        if let Some(key) = counted {
            let wrong = books.wrong.entry(key.to_owned()).or_default();
            *wrong = (wrong.0 + 1, now);
        }
        Ok(if known.is_some() { Entry::WrongPassword } else { Entry::UnknownName })
    }

    fn session(&self, headers: &HeaderMap) -> Option<String> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        self.mint.session(value.strip_prefix("Bearer ")?)
    }

    /// Whose token a request carries.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<Member> {
        let session = self.session(headers)?;
        let books = self.books();
        books.members.get(books.sessions.get(&session)?).cloned()
    }

    /// Ends the caller's session. Whether there was one.
    pub(super) fn end(&self, headers: &HeaderMap) -> bool {
        let Some(session) = self.session(headers) else { return false };
        if self.has("logout-forgets-nothing") {
            return true;
        }
        self.books().sessions.remove(&session).is_some()
    }

    /// Strikes a member off.
    pub(super) fn strike(&self, email: &str) {
        self.books().members.remove(email);
    }
}
