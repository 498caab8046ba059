//! The misuse of a key as a detection. OCSF has no class for the rest of a key's life.

use super::Mapping;
use super::event::{CREATE, DETECTION, Entry, Event, resources};
use avouch_model::coding::{Fact, JsonError};
use avouch_model::fact::key::{Key, KeyEvent};
use avouch_model::severity::Severity;
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping =
    Mapping { kind: Key::NAME, class: "a misuse as Detection Finding (2004)", event };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let key = Key::of_json(fact)?;
    if key.event != KeyEvent::Misused {
        return Ok(None);
    }
    let mut event = Event::new(DETECTION, CREATE, Key::NAME, fact, entry);
    event
        .severity(Severity::High)
        .put("finding_info", json!({ "uid": key.id, "title": "a key was misused" }))
        .put("is_alert", true)
        .maybe("status_detail", key.because)
        .maybe("resources", resources([key.id]));
    Ok(Some(event.done()))
}
