//! Papers of employees: expenses, whose handling is loose, and trips, whose is not.

use super::call::{Call, allowed, bad, created, forbidden, gone, good, missing};
use super::state::{Office, Person};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

/// Where a kind of paper may be handled loosely.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways {
    pub(super) kind: &'static str,
    /// A paper may be filed in another's name.
    pub(super) names_owner: bool,
    /// A change may set what the office decides.
    pub(super) sets_status: bool,
    /// A header's method counts instead of the request's.
    pub(super) overridden: bool,
}

/// `POST` and `GET` of the collection.
pub(super) fn collection(office: &Office, call: &Call, caller: &Person, ways: Ways) -> Response {
    let mut held = office.held();
    match call.method {
        Method::GET => {
            let own = |paper: &&Value| paper.get("employeeId") == Some(&json!(caller.id));
            let own: Vec<Value> = held.papers(ways.kind).iter().filter(own).cloned().collect();
            good(&json!(own))
        }
        Method::POST => {
            if call.text("purpose").is_none_or(str::is_empty) {
                return bad(422, "purpose is needed");
            }
            let named = call.body.get("employeeId").and_then(Value::as_u64);
            let owner = named.filter(|_| ways.names_owner).unwrap_or(caller.id);
            created(&held.file(ways.kind, owner, &call.body, &["purpose", "amount"]))
        }
        _ => allowed(&["GET", "POST"], call.method == Method::OPTIONS),
    }
}

/// One paper: its owner reads and changes it; only administrators throw it away.
pub(super) fn one(office: &Office, call: &Call, caller: &Person, ways: Ways, id: &str) -> Response {
    let mut held = office.held();
    let Some(paper) = held.paper(ways.kind, id) else { return missing() };
    if paper.get("employeeId") != Some(&json!(caller.id)) && !caller.is_admin() {
        return missing();
    }
    let other = call.header("x-http-method-override").filter(|_| ways.overridden);
    if call.method == Method::POST && other == Some("DELETE") {
        // The role was asked for at the door, of the method that came in.
        held.shred(ways.kind, id);
        return gone();
    }
    match call.method {
        Method::GET => good(paper),
        Method::PATCH => {
            set(
                paper,
                &call.body,
                if ways.sets_status { &["purpose", "status"] } else { &["purpose"] },
            );
            good(paper)
        }
        Method::DELETE if !caller.is_admin() => forbidden(),
        Method::DELETE => {
            held.shred(ways.kind, id);
            gone()
        }
        _ => allowed(&["GET", "PATCH", "DELETE"], call.method == Method::OPTIONS),
    }
}

/// Sets these of the body's fields that are texts.
pub(super) fn set(paper: &mut Value, body: &Value, fields: &[&str]) {
    for field in fields {
        let text = body.get(*field).filter(|value| value.is_string());
        if let (Some(text), Some(members)) = (text, paper.as_object_mut()) {
            members.insert((*field).to_owned(), text.clone());
        }
    }
}
