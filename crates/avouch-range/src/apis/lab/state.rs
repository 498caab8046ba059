//! What a running lab holds.

use crate::api::On;
use crate::kit::people::Account;
use crate::kit::sessions::Sessions;
use crate::kit::store::Store;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use tokio::sync::OnceCell;

/// LIMIT: notes that are kept; older ones are forgotten.
const NOTES_MAX: usize = 200;
/// LIMIT: spaces an answer is indented by.
const SPACES_MAX: usize = 10;

/// What a running lab holds.
#[derive(Debug)]
pub(super) struct Lab {
    on: On,
    pub(super) sessions: Sessions,
    store: OnceCell<Option<Store>>,
    /// Texts of notes, from the open and from the safe handlers.
    notes: Mutex<Vec<(bool, String)>>,
    /// What `json spaces` is in the prototype of all objects; 0 as long as nobody put it there.
    spaces: AtomicUsize,
}

impl Lab {
    pub(super) fn new(on: On) -> Self {
        Self {
            on,
            sessions: Sessions::default(),
            store: OnceCell::new(),
            notes: Mutex::default(),
            spaces: AtomicUsize::new(0),
        }
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    /// Whose bearer token it is.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Option<Account> {
        self.sessions.caller(headers)
    }

    /// The database, filled at the first question.
    pub(super) async fn store(&self) -> Option<&Store> {
        let open = || async {
            let store = Store::open().await.ok()?;
            store.script(super::books::SEED).await.ok()?;
            Some(store)
        };
        self.store.get_or_init(open).await.as_ref()
    }

    /// Keeps a note.
    pub(super) fn note(&self, safe: bool, text: &str) -> usize {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.len() >= NOTES_MAX {
            notes.remove(0);
        }
        notes.push((safe, text.to_owned()));
        notes.len()
    }

    /// The notes of one kind.
    pub(super) fn notes(&self, safe: bool) -> Vec<String> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.iter().filter(|(kind, _)| *kind == safe).map(|(_, text)| text.clone()).collect()
    }

    /// Puts spaces into the prototype of all objects.
    pub(super) fn pollute(&self, spaces: usize) {
        self.spaces.store(spaces.min(SPACES_MAX), Ordering::Relaxed);
    }

    /// An answer in JSON, indented as the prototype says.
    pub(super) fn json(&self, status: StatusCode, body: &Value) -> Response {
        let spaces = self.spaces.load(Ordering::Relaxed);
        if spaces == 0 {
            return (status, Json(body)).into_response();
        }
        let indent = " ".repeat(spaces);
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
        match serde::Serialize::serialize(body, &mut serializer) {
            Ok(()) => (status, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    pub(super) fn good(&self, body: &Value) -> Response {
        self.json(StatusCode::OK, body)
    }

    pub(super) fn bad(&self, status: StatusCode, message: &str) -> Response {
        self.json(status, &json!({"error": message}))
    }

    pub(super) fn stranger(&self) -> Response {
        self.bad(StatusCode::UNAUTHORIZED, "sign in first")
    }
}
