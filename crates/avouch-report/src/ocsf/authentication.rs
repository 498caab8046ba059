//! Authentications as the class of that name.

use super::Mapping;
use super::event::{Class, Entry, Event, FAILURE, NOT_RECORDED, OTHER, SUCCESS, endpoint, user};
use avouch_model::coding::{Fact, JsonError, Word};
use avouch_model::fact::authentication::{Authentication, AuthenticationEvent, Outcome};
use serde_json::{Value, json};

pub(super) const MAPPING: Mapping =
    Mapping { kind: Authentication::NAME, class: "Authentication (3002)", event };

const CLASS: Class = Class { number: 3002, name: "Authentication" };

fn event(fact: &Value, entry: &Entry<'_>) -> Result<Option<Value>, JsonError> {
    let tried = Authentication::of_json(fact)?;
    let activity = match tried.event {
        AuthenticationEvent::Login => 1,
        AuthenticationEvent::Logout => 2,
        AuthenticationEvent::Refresh | AuthenticationEvent::StepUp => OTHER,
    };
    let who = tried.principal.as_ref().map_or_else(|| json!({ "name": NOT_RECORDED }), user);
    let mut event = Event::new(CLASS, activity, Authentication::NAME, fact, entry);
    event
        .put("activity_name", tried.event.word())
        .put("status_id", if tried.outcome == Outcome::Success { SUCCESS } else { FAILURE })
        .put("status", tried.outcome.word())
        .maybe("status_detail", tried.because)
        .put("user", who)
        .put("service", json!({ "name": tried.service }))
        .put("auth_protocol", tried.means.word())
        .put("auth_protocol_id", OTHER)
        .maybe("is_mfa", tried.second_factor)
        .maybe("session", tried.session.map(|session| json!({ "uid": session })))
        .maybe("src_endpoint", tried.address.map(|address| endpoint(Some(&address))));
    Ok(Some(event.done()))
}
