//! Who owns what.

use super::collections::{COLLECTIONS, Collection, Ids};
use crate::api::On;
use crate::kit::people::{Account, accounts};
use crate::kit::random;
use crate::kit::sessions::Sessions;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A thing with an owner.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) id: String,
    /// The e-mail address of whose it is.
    pub(super) owner: String,
    /// How it is shown.
    pub(super) shown: Map<String, Value>,
    /// Whether it was removed and is kept.
    pub(super) removed: bool,
}

/// What a running clinic holds.
#[derive(Debug)]
pub(super) struct Clinic {
    pub(super) on: On,
    pub(super) base_url: String,
    pub(super) sessions: Sessions,
    things: Mutex<BTreeMap<&'static str, Vec<Thing>>>,
    next: AtomicU64,
}

/// What people write.
const TEXTS: [&str; 5] = [
    "hairline fracture of the left wrist, six weeks in plaster",
    "allergic to penicillin, ask before anything else",
    "afraid of needles since childhood, be patient",
    "second opinion wanted before the knee is opened",
    "sleeps badly after the move, no pills for now",
];

impl Clinic {
    /// Fills it.
    pub(super) fn open(on: On, base_url: &str) -> Self {
        let clinic = Self {
            on,
            base_url: base_url.to_owned(),
            sessions: Sessions::default(),
            things: Mutex::default(),
            next: AtomicU64::new(4_811),
        };
        let people = accounts();
        for (n, collection) in COLLECTIONS.iter().enumerate() {
            for (m, owner) in
                [&people.a, &people.b, &people.a, &people.b, &people.admin].into_iter().enumerate()
            {
                let text = TEXTS.get((n + m) % TEXTS.len()).copied().unwrap_or_default();
                let text = format!("{text} ({} {})", collection.noun(), 40 + n * 7 + m);
                let mut fields = Map::new();
                fields.insert(collection.text.to_owned(), Value::String(text));
                if let Ids::Name(name) = collection.ids {
                    fields
                        .insert(name.to_owned(), json!(format!("{}-{}", collection.noun(), m + 1)));
                }
                // Without randomness there is one thing less, which the tests would notice.
                let _ = clinic.add(collection, owner, &fields);
            }
        }
        clinic
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    /// Who sends this.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<Account> {
        self.sessions.caller(headers)
    }

    /// Adds a thing of that person's; its id.
    ///
    /// Errors: the system gives no randomness, or the name is missing.
    pub(super) fn add(
        &self,
        collection: &'static Collection,
        owner: &Account,
        fields: &Map<String, Value>,
    ) -> io::Result<String> {
        let number = self.next.fetch_add(3, Ordering::Relaxed);
        let id = match collection.ids {
            Ids::Number => number.to_string(),
            Ids::Uuid => random::secret_uuid()?,
            Ids::Base64 => URL_SAFE_NO_PAD.encode(format!("Thing:{number}")),
            Ids::Name(name) => {
                let name = fields.get(name).and_then(Value::as_str).filter(|name| !name.is_empty());
                name.ok_or_else(|| io::Error::other("no name"))?.to_owned()
            }
        };
        let mut shown = Map::new();
        let own_id = if collection.ids == Ids::Number { json!(number) } else { json!(id) };
        if !matches!(collection.ids, Ids::Name(_)) {
            shown.insert("id".to_owned(), own_id);
        }
        let kept = [collection.text, collection.parameter, "title"];
        let given = fields.iter().filter(|(name, _)| kept.contains(&name.as_str()));
        shown.extend(given.map(|(name, value)| (name.clone(), value.clone())));
        if let Ids::Name(_) = collection.ids {
            shown.insert("owner".to_owned(), json!(user_name(owner)));
        }
        let thing = Thing { id: id.clone(), owner: owner.email.to_owned(), shown, removed: false };
        self.with(collection, |things| {
            if things.iter().any(|other| other.id == thing.id) {
                return Err(io::Error::other("the name is taken"));
            }
            things.push(thing);
            Ok(())
        })?;
        Ok(id)
    }

    /// Looks at the things of a collection, or changes them.
    pub(super) fn with<T>(
        &self,
        collection: &Collection,
        look: impl FnOnce(&mut Vec<Thing>) -> T,
    ) -> T {
        let mut all = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        look(all.entry(collection.list).or_default())
    }

    /// One thing that was not removed.
    pub(super) fn find(&self, collection: &Collection, id: &str) -> Option<Thing> {
        self.with(collection, |things| things.iter().find(|thing| thing.id == id).cloned())
    }
}

/// The name by which others know a person: what stands before the sign in its address.
pub(super) fn user_name(account: &Account) -> &'static str {
    account.email.split('@').next().unwrap_or_default()
}

/// The tenant a person belongs to.
pub(super) fn tenant(account: &Account) -> &'static str {
    if account.email == accounts().b.email { "harbour-south" } else { "harbour-north" }
}

/// The number the till knows a person by.
pub(super) fn customer(account: &Account) -> &'static str {
    let people = accounts();
    if account.email == people.a.email {
        "c-20881"
    } else if account.email == people.b.email {
        "c-31774"
    } else {
        "c-10002"
    }
}
