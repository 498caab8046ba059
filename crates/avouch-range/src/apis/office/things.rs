//! Badges and lockers, rooms and desks, and what colleagues see of each other.

use super::call::{Call, allowed, bad, created, gone, good, missing};
use super::state::{Office, Person};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

/// Badges show their pin when the mistake is made; lockers, their twin, never do.
pub(super) fn pinned(
    office: &Office,
    call: &Call,
    caller: &Person,
    kind: &'static str,
    with_pin: bool,
) -> Response {
    let mut held = office.held();
    if call.method == Method::POST {
        if call.text("label").is_none() || call.text("pin").is_none() {
            return bad(422, "label and pin are needed");
        }
        let paper = held.file(kind, caller.id, &call.body, &["label", "pin"]);
        return created(&json!({"id": paper.get("id"), "label": paper.get("label")}));
    }
    let own = |paper: &&Value| paper.get("employeeId") == Some(&json!(caller.id));
    let shown = held.papers(kind).iter().filter(own).map(|paper| {
        let pin = paper.get("pin").filter(|_| with_pin);
        let mut shown = json!({"id": paper.get("id"), "label": paper.get("label")});
        if let (Some(pin), Some(members)) = (pin, shown.as_object_mut()) {
            members.insert("pin".to_owned(), pin.clone());
        }
        shown
    });
    good(&Value::Array(shown.collect()))
}

/// One badge or locker. A badge may be thrown away, which nobody described, when the mistake is made.
pub(super) fn one(
    office: &Office,
    call: &Call,
    caller: &Person,
    (kind, id): (&'static str, &str),
    removable: bool,
) -> Response {
    let mut held = office.held();
    let own = |paper: &&mut Value| paper.get("employeeId") == Some(&json!(caller.id));
    let Some(paper) = held.paper(kind, id).filter(own) else { return missing() };
    match call.method {
        Method::GET => good(&json!({"id": paper.get("id"), "label": paper.get("label")})),
        Method::DELETE if removable => {
            held.shred(kind, id);
            gone()
        }
        _ => {
            let methods: &[&str] = if removable { &["GET", "DELETE"] } else { &["GET"] };
            allowed(methods, call.method == Method::OPTIONS)
        }
    }
}

/// Rooms, and desks their twin: `fields` chooses what is shown, beyond what is meant to be when the
/// mistake is made.
pub(super) fn places(call: &Call, kind: &str, anything: bool) -> Response {
    let rows = (1..=3_u64).map(|n| {
        let mut row = json!({"id": n, "label": format!("{kind} {}", n * 11), "seats": n + 3});
        let wanted = call.parameter("fields").unwrap_or_default();
        let all = anything && ["*", "%2A", "all"].contains(&wanted);
        if let (true, Some(members)) = (all, row.as_object_mut()) {
            members.insert(
                "wifiPassword".to_owned(),
                json!(format!("tern-{}-gull-{}", n * 37, n * 91)),
            );
        }
        row
    });
    good(&Value::Array(rows.collect()))
}

/// A colleague: name and title for everybody, the salary for administrators.
pub(super) fn colleague(office: &Office, caller: &Person, id: &str, to_all: bool) -> Response {
    let held = office.held();
    let Some(person) = held.people.iter().find(|person| person.id.to_string() == id) else {
        return missing();
    };
    let mut shown = json!({"id": person.id, "name": person.name, "desk": person.id % 40});
    if let Some(members) = shown.as_object_mut().filter(|_| caller.is_admin() || to_all) {
        members.insert("salary".to_owned(), json!(person.salary));
    }
    good(&shown)
}

/// Everybody's name.
pub(super) fn colleagues(office: &Office) -> Response {
    let held = office.held();
    let shown = held.people.iter().map(|person| json!({"id": person.id, "name": person.name}));
    good(&Value::Array(shown.collect()))
}
