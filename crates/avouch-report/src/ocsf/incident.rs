//! What happens to incidents as incident findings; a mere suspicion as a detection.

use super::Mapping;
use super::event::{
    CLOSE, CREATE, Class, DETECTION, Entry, Event, NOT_RECORDED, UPDATE, resources, user,
};
use avouch_model::coding::{Fact, JsonError, Personal, Word};
use avouch_model::fact::incident::{Incident, IncidentEvent};
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping = Mapping {
    kind: Incident::NAME,
    class: "Incident Finding (2005); a suspicion as Detection Finding (2004)",
    event,
};

const CLASS: Class = Class { number: 2005, name: "Incident Finding" };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let incident = Incident::of_json(fact)?;
    if incident.event == IncidentEvent::Suspected {
        return Ok(Some(suspicion(&incident, fact, entry)));
    }
    // Status: 2 in progress, 4 resolved, 5 closed.
    let (activity, status) = match incident.event {
        IncidentEvent::Declared => (CREATE, 2),
        IncidentEvent::Recovered => (UPDATE, 4),
        IncidentEvent::Closed | IncidentEvent::Dismissed => (CLOSE, 5),
        _ => (UPDATE, 2),
    };
    let lead = incident.commander.as_ref().or(incident.actor.as_ref());
    let assignee = lead.map_or_else(|| json!({ "name": NOT_RECORDED }), user);
    let mut event = Event::new(CLASS, activity, Incident::NAME, fact, entry);
    event
        .severity(incident.severity)
        .put("status_id", status)
        .put("status", incident.event.word())
        .maybe("status_detail", incident.because.clone())
        .put("desc", incident.title.clone())
        .put("assignee", assignee)
        .put("finding_info_list", json!([info(&incident)]))
        .maybe("is_suspected_breach", incident.is_breach)
        .maybe("start_time", incident.occurred_from_ms)
        .maybe("end_time", incident.occurred_to_ms);
    if incident.event == IncidentEvent::Dismissed {
        // 1: a false positive.
        event.put("verdict_id", 1);
    }
    Ok(Some(event.done()))
}

fn suspicion(incident: &Incident, fact: &Value, entry: &Entry<'_>) -> Value {
    let affected = incident.operations.iter().cloned();
    let affected = affected.chain(incident.subjects.iter().map(Personal::shown));
    let mut event = Event::new(DETECTION, CREATE, Incident::NAME, fact, entry);
    event
        .severity(incident.severity)
        .put("finding_info", info(incident))
        .put("is_alert", true)
        .put("status_id", 1)
        .put("message", incident.title.clone())
        .maybe("resources", resources(affected))
        .maybe("start_time", incident.occurred_from_ms)
        .maybe("end_time", incident.occurred_to_ms);
    event.done()
}

fn info(incident: &Incident) -> Value {
    let mut info = json!({ "uid": incident.id, "title": incident.title });
    if let (Some(by), Some(members)) = (&incident.detected_by, info.as_object_mut()) {
        members.insert("types".to_owned(), json!([by]));
    }
    info
}
