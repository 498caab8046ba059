//! What all events share.

use super::VERSION;
use avouch_model::coding::Personal;
use avouch_model::severity::{Confidence, Severity};
use serde_json::{Map, Value, json};

/// The entry of a ledger that a fact was read from.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The name of the log.
    pub origin: &'a str,
    /// The index of the entry.
    pub index: u64,
    /// Its time, in milliseconds since 1970.
    pub time_ms: u64,
    /// The hash of its leaf, in hexadecimal digits.
    pub leaf: &'a str,
}

/// A class of events. The first digit of its number is its category.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    pub(super) number: u64,
    pub(super) name: &'static str,
}

pub(super) const OTHER: u64 = 99;
pub(super) const SUCCESS: u64 = 1;
pub(super) const FAILURE: u64 = 2;
pub(super) const CREATE: u64 = 1;
pub(super) const UPDATE: u64 = 2;
pub(super) const CLOSE: u64 = 3;

/// A detection finding: something happened that somebody should look at.
pub(super) const DETECTION: Class = Class { number: 2004, name: "Detection Finding" };

/// An event that is being made.
#[derive(Clone, Debug)]
pub(super) struct Event(Map<String, Value>);

impl Event {
    /// An event of a class, of a fact of a kind.
    pub(super) fn new(
        class: Class,
        activity: u64,
        kind: &str,
        fact: &Value,
        entry: &Entry<'_>,
    ) -> Self {
        let mut event = Self(Map::new());
        event
            .put("class_uid", class.number)
            .put("class_name", class.name)
            .put("category_uid", class.number / 1000)
            .put("activity_id", activity)
            .put("type_uid", class.number * 100 + activity)
            .put("time", entry.time_ms)
            .put("severity_id", 1)
            .put(
                "metadata",
                json!({
                    "version": VERSION,
                    "product": {
                        "name": "Avouch",
                        "vendor_name": "Avouch",
                        "version": env!("CARGO_PKG_VERSION"),
                    },
                    "uid": format!("{}/{}", entry.origin, entry.index),
                    "log_name": entry.origin,
                    "sequence": entry.index,
                    "event_code": kind,
                }),
            )
            .put("raw_data", fact.to_string())
            .put("unmapped", json!({ "ledger_leaf": entry.leaf }));
        event
    }

    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Puts it there when there is something to say.
    pub(super) fn maybe(&mut self, name: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.put(name, value);
        }
        self
    }

    pub(super) fn severity(&mut self, severity: Severity) -> &mut Self {
        self.put("severity_id", severity_id(severity)).put("severity", severity.name())
    }

    pub(super) fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        let id = match confidence {
            Confidence::Tentative => 1,
            Confidence::Firm => 2,
            Confidence::Confirmed => 3,
        };
        self.put("confidence_id", id).put("confidence", confidence.name())
    }

    pub(super) fn done(self) -> Value {
        Value::Object(self.0)
    }
}

fn severity_id(severity: Severity) -> u64 {
    match severity {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

/// A person as a user: by name, or by pseudonym.
pub(super) fn user(person: &Personal) -> Value {
    match person {
        Personal::Clear(name) => json!({ "name": name }),
        Personal::Sealed { .. } => json!({ "uid": person.shown() }),
    }
}

/// Who acted. The class needs somebody: what was not recorded is said to be so.
pub(super) fn actor(person: Option<&Personal>, session: Option<&str>) -> Value {
    let mut actor = match person {
        Some(person) => json!({ "user": user(person) }),
        None => json!({ "app_name": NOT_RECORDED }),
    };
    if let (Some(session), Some(members)) = (session, actor.as_object_mut()) {
        members.insert("session".to_owned(), json!({ "uid": session }));
    }
    actor
}

/// Where it came from. The class needs a place: what was not recorded is said to be so.
pub(super) fn endpoint(address: Option<&Personal>) -> Value {
    match address {
        Some(Personal::Clear(ip)) => json!({ "ip": ip }),
        Some(sealed) => json!({ "uid": sealed.shown() }),
        None => json!({ "name": NOT_RECORDED }),
    }
}

/// What stands where a class needs something that the fact does not say.
pub(super) const NOT_RECORDED: &str = "not recorded";

/// Things by their ids.
pub(super) fn resources(ids: impl IntoIterator<Item = String>) -> Option<Value> {
    let all: Vec<Value> = ids.into_iter().map(|id| json!({ "uid": id })).collect();
    (!all.is_empty()).then(|| Value::Array(all))
}
