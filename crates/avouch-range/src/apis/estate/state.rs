//! Who is signed in, what was paid, what the cache holds.

use crate::api::On;
use crate::kit::people::{Account, accounts};
use crate::kit::sessions::Sessions;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The cookie people travel by.
pub(super) const COOKIE: &str = "estate_session";

/// An answer the cache keeps.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// An address that somebody's events are delivered to.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) id: String,
    pub(super) owner: &'static str,
    pub(super) url: String,
}

/// What a running estate holds.
#[derive(Debug)]
pub(super) struct Estate {
    on: On,
    pub(super) base_url: String,
    pub(super) sessions: Sessions,
    pub(super) paid: Mutex<Vec<String>>,
    pub(super) deliveries: Mutex<Vec<Delivery>>,
    pub(super) known_events: Mutex<BTreeSet<String>>,
    pub(super) cache: Mutex<BTreeMap<String, Kept>>,
}

impl Estate {
    pub(super) fn open(on: On, base_url: &str) -> Self {
        Self {
            on,
            base_url: base_url.to_owned(),
            sessions: Sessions::default(),
            paid: Mutex::default(),
            deliveries: Mutex::default(),
            known_events: Mutex::default(),
            cache: Mutex::default(),
        }
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    /// Whose cookie it is.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<Account> {
        let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        let (_, token) = pairs.find(|(name, _)| *name == COOKIE)?;
        let mut as_bearer = HeaderMap::new();
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        as_bearer.insert(header::AUTHORIZATION, bearer);
        self.sessions.caller(&as_bearer)
    }

    /// 0, 1 or 2: which of the three accounts it is.
    pub(super) fn number(account: &Account) -> usize {
        let people = accounts();
        [people.a, people.b, people.admin].iter().position(|known| known == account).unwrap_or(0)
    }
}

/// What is behind a lock, whoever broke off while holding it.
pub(super) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
