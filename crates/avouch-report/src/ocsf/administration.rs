//! Acts of administrators as API activity.

use super::Mapping;
use super::event::{Entry, Event, FAILURE, OTHER, SUCCESS, actor, endpoint, resources};
use super::request::API_ACTIVITY;
use avouch_model::coding::{Fact, JsonError, Personal, Word};
use avouch_model::fact::administration::{Administration, AdministrationOutcome};
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping =
    Mapping { kind: Administration::NAME, class: "API Activity (6003)", event };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let act = Administration::of_json(fact)?;
    let is_done = act.outcome == AdministrationOutcome::Done;
    let subjects = act.subject.iter().map(Personal::shown);
    let mut event = Event::new(API_ACTIVITY, OTHER, Administration::NAME, fact, entry);
    event
        .put("activity_name", act.action.clone())
        .put("status_id", if is_done { SUCCESS } else { FAILURE })
        .put("status", act.outcome.word())
        .maybe("status_detail", act.because)
        .put("actor", actor(act.actor.as_ref(), act.session.as_deref()))
        .put("api", json!({ "operation": act.action }))
        .put("src_endpoint", endpoint(act.address.as_ref()))
        .maybe("resources", resources(act.objects.iter().cloned().chain(subjects)));
    Ok(Some(event.done()))
}
