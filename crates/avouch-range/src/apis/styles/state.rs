//! Who owns what.

use crate::api::On;
use crate::kit::people::{Account, accounts};
use crate::kit::sessions::Sessions;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use std::sync::atomic::AtomicBool;

/// A thing with an owner.
#[derive(Debug)]
pub(super) struct Thing {
    /// How it is addressed.
    pub(super) id: String,
    /// The e-mail address of whose it is.
    pub(super) owner: &'static str,
    /// How it is shown.
    pub(super) shown: Value,
}

/// What a running API holds.
#[derive(Debug)]
pub(super) struct Styles {
    on: On,
    pub(super) sessions: Sessions,
    pub(super) parcels: Vec<Thing>,
    pub(super) drafts: Vec<Thing>,
    /// Whether somebody called the read that empties everything.
    pub(super) cleared: AtomicBool,
}

impl Styles {
    /// Fills it.
    pub(super) fn open(on: On) -> Self {
        let people = accounts();
        let owners = [people.a.email, people.b.email, people.admin.email];
        let streets = ["Skolgatan 4", "Pier Road 17", "Ferry Lane 9"];
        let parcel = |n: usize| {
            let owner = owners.get(n % 3).copied().unwrap_or_default();
            let street = streets.get(n % 3).copied().unwrap_or_default();
            // As a node of a graph is named: type and number, in base64.
            let id = URL_SAFE_NO_PAD.encode(format!("Parcel:{}", 4_210 + n * 7));
            let note = format!("leave with neighbour {}", 31 + n * 13);
            let shown = json!({"code": id, "to": street, "grams": 300 + n * 41, "doorNote": note});
            Thing { id, owner, shown }
        };
        let titles = ["on-tar-and-rope", "winter-harbour", "the-third-lock", "salt-in-the-log"];
        let draft = |(n, title): (usize, &&str)| {
            let owner = owners.get(n % 3).copied().unwrap_or_default();
            let text = format!("Unfinished: chapter {} of {title}, not for print.", n + 2);
            let shown = json!({"slug": title, "text": text, "words": 812 + n * 97});
            Thing { id: (*title).to_owned(), owner, shown }
        };
        Self {
            on,
            sessions: Sessions::default(),
            parcels: (0..6).map(parcel).collect(),
            drafts: titles.iter().enumerate().map(draft).collect(),
            cleared: AtomicBool::new(false),
        }
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    /// Whose token it is: `Authorization: Token …`, and no other scheme.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<Account> {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = value.strip_prefix("Token ")?;
        let mut as_bearer = HeaderMap::new();
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        as_bearer.insert(header::AUTHORIZATION, bearer);
        self.sessions.caller(&as_bearer)
    }
}
