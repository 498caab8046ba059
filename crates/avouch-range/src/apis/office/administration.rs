//! What only administrators should do.

use super::call::{Call, allowed, bad, created, forbidden, gone, good, missing};
use super::papers::set;
use super::state::{Office, Person};
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

/// Lists of everybody: salaries where the role may be forgotten, addresses where it never is.
pub(super) fn payroll(office: &Office, caller: &Person, open: bool) -> Response {
    if !caller.is_admin() && !open {
        return forbidden();
    }
    let held = office.held();
    let rows = held
        .people
        .iter()
        .map(|person| json!({"name": person.name, "email": person.email, "salary": person.salary}));
    good(&json!({"rows": rows.collect::<Vec<Value>>()}))
}

/// A figure that only administrators are told. The role is believed as a header says it, when the
/// mistake is made.
pub(super) fn report(call: &Call, caller: &Person, believed: bool, figure: u64) -> Response {
    let claimed = believed && call.header("x-role") == Some("admin");
    if !caller.is_admin() && !claimed {
        return forbidden();
    }
    good(&json!({"quarter": "2026-3", "total": figure, "preparedBy": "the finance desk"}))
}

/// Notices: announcements, where the role may be forgotten for writing, and policies, where not.
pub(super) fn notices(
    office: &Office,
    call: &Call,
    caller: &Person,
    kind: &'static str,
    open: bool,
) -> Response {
    let reads = call.method == Method::GET;
    if !caller.is_admin() && (reads || !open) {
        return forbidden();
    }
    let mut held = office.held();
    match call.method {
        Method::GET => good(&json!(held.papers(kind))),
        Method::POST => {
            if call.text("title").is_none_or(str::is_empty) {
                return bad(422, "title is needed");
            }
            created(&held.file(kind, caller.id, &call.body, &["title", "text"]))
        }
        _ => allowed(&["GET", "POST"], call.method == Method::OPTIONS),
    }
}

/// One notice.
pub(super) fn notice(
    office: &Office,
    call: &Call,
    caller: &Person,
    (kind, id): (&'static str, &str),
    open: bool,
) -> Response {
    let reads = call.method == Method::GET;
    if !caller.is_admin() && (reads || !open) {
        return forbidden();
    }
    let mut held = office.held();
    let Some(paper) = held.paper(kind, id) else { return missing() };
    match call.method {
        Method::GET => good(paper),
        Method::PUT => {
            set(paper, &call.body, &["title", "text"]);
            good(paper)
        }
        Method::DELETE => {
            held.shred(kind, id);
            gone()
        }
        _ => allowed(&["GET", "PUT", "DELETE"], call.method == Method::OPTIONS),
    }
}
