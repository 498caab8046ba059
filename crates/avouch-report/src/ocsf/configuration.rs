//! The drift of a configuration as a detection. OCSF has no class for the rest.

use super::Mapping;
use super::event::{CREATE, DETECTION, Entry, Event, resources};
use avouch_model::coding::{Fact, JsonError};
use avouch_model::fact::configuration::{Configuration, ConfigurationEvent};
use avouch_model::severity::Severity;
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping =
    Mapping { kind: Configuration::NAME, class: "a drift as Detection Finding (2004)", event };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let configuration = Configuration::of_json(fact)?;
    if configuration.event != ConfigurationEvent::Drifted {
        return Ok(None);
    }
    let title = "a configuration is not the approved one";
    let uid = format!("{}/{}", configuration.component, configuration.digest);
    let mut event = Event::new(DETECTION, CREATE, Configuration::NAME, fact, entry);
    event
        .severity(Severity::High)
        .put("finding_info", json!({ "uid": uid, "title": title }))
        .put("is_alert", true)
        .maybe("status_detail", configuration.because)
        .maybe("resources", resources([configuration.component]));
    Ok(Some(event.done()))
}
