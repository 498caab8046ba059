//! What does not fit the table: signing in, files below patients, bills, beds, old versions, scans.

use super::collections::{COLLECTIONS, Collection};
use super::handlers::{Call, named, refuse};
use super::state::{customer, tenant};
use crate::kit::people::{Account, accounts};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{Method, header};
use serde_json::{Value, json};

/// The answer, when the path is one of these.
pub(super) fn answer(call: &Call<'_>) -> Option<Response> {
    if call.path == "/auth/login" && call.method == Method::POST {
        return Some(sign_in(call));
    }
    if call.method != Method::GET {
        return None;
    }
    let segments: Vec<&str> = call.path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["v2", "me"] => Some(me(call)),
        ["v2", "patients", patient, "files"] => Some(files(call, patient, "file")),
        ["v2", "patients", patient, "letters"] => Some(files(call, patient, "letter")),
        ["v2", "patients", patient, "files", file] => {
            Some(file_below(call, patient, file, call.clinic.has("file-parent-unchecked")))
        }
        ["v2", "patients", patient, "letters", file] => {
            Some(file_below(call, patient, file, false))
        }
        ["v2", "bills"] => Some(bills(call, call.clinic.has("bill-named-in-query"))),
        ["v2", "receipts"] => Some(bills(call, false)),
        ["v2", "beds"] => Some(beds(call, call.clinic.has("bed-tenant-believed"))),
        ["v2", "wards"] => Some(beds(call, false)),
        ["v2", "scans"] => Some(scans(call)),
        ["v1", "records", id] if call.clinic.has("record-old-version") => {
            Some(unasked(call, "/v2/records", id))
        }
        ["v2", "calls", _] => {
            call.query("id").filter(|_| call.clinic.has("call-id-twice")).map(|id| twice(call, &id))
        }
        ["uploads", file] => Some(upload(call, file)),
        _ => None,
    }
}

fn sign_in(call: &Call<'_>) -> Response {
    let text = |name: &str| call.body.get(name).and_then(Value::as_str).unwrap_or_default();
    match call.clinic.sessions.sign_in(text("email"), text("password")) {
        Ok(Some(token)) => Json(json!({"token": token})).into_response(),
        Ok(None) => refuse(401, "no such account"),
        Err(_) => refuse(500, "try again"),
    }
}

fn me(call: &Call<'_>) -> Response {
    signed_in(call, |caller| {
        json!({
            "id": customer(caller),
            "username": named(caller),
            "email": caller.email,
            "tenant_id": tenant(caller),
        })
    })
}

fn signed_in(call: &Call<'_>, answer: impl FnOnce(&Account) -> Value) -> Response {
    match &call.caller {
        Some(caller) => Json(answer(caller)).into_response(),
        None => refuse(401, "sign in"),
    }
}

fn collection(list: &str) -> Option<&'static Collection> {
    COLLECTIONS.iter().find(|collection| collection.list == list)
}

/// Whose patient it is.
fn owner_of(call: &Call<'_>, patient: &str) -> Option<String> {
    let patients = collection("/v2/patients")?;
    call.clinic.find(patients, patient).filter(|thing| !thing.removed).map(|thing| thing.owner)
}

/// A number for the one file of a patient.
fn file_number(patient: &str) -> u64 {
    patient.bytes().fold(7, |sum, byte| (sum * 31 + u64::from(byte)) % 90_000) + 10_000
}

fn file_shown(number: u64, kind: &str) -> Value {
    json!({"id": number, "finding": format!("{kind} {number}: nothing broken, a bruise as big as a hand")})
}

fn files(call: &Call<'_>, patient: &str, kind: &str) -> Response {
    let Some(caller) = &call.caller else { return refuse(401, "sign in") };
    match owner_of(call, patient) {
        Some(owner) if owner == caller.email => {
            Json(json!([file_shown(file_number(patient), kind)])).into_response()
        }
        _ => refuse(404, "no such patient"),
    }
}

/// One file; below any patient of the caller's when the mistake is made.
fn file_below(call: &Call<'_>, patient: &str, file: &str, anywhere: bool) -> Response {
    let Some(caller) = &call.caller else { return refuse(401, "sign in") };
    if owner_of(call, patient).is_none_or(|owner| owner != caller.email) {
        return refuse(404, "no such patient");
    }
    let kind = if call.path.contains("/letters/") { "letter" } else { "file" };
    let Some(patients) = collection("/v2/patients") else { return refuse(500, "no patients") };
    let holder = call.clinic.with(patients, |all| {
        let holds = all.iter().find(|thing| file_number(&thing.id).to_string() == file);
        holds.map(|thing| thing.id.clone())
    });
    match holder {
        Some(holder) if anywhere || holder == patient => {
            Json(file_shown(file_number(&holder), kind)).into_response()
        }
        _ => refuse(404, "no such file"),
    }
}

/// The caller's bills, or those of whom the query names.
fn bills(call: &Call<'_>, by_query: bool) -> Response {
    signed_in(call, |caller| {
        let wanted = call.query("customer_id").filter(|_| by_query);
        let whose = wanted.unwrap_or_else(|| customer(caller).to_owned());
        let what = match whose.as_str() {
            "c-20881" => "plaster and two crutches",
            "c-31774" => "an eye test by the harbour",
            "c-10002" => "coffee for the front desk",
            _ => return json!([]),
        };
        let kind = if call.path.ends_with("bills") { "bill" } else { "receipt" };
        json!([{"what": format!("{kind}: {what}"), "cents": 12_400}])
    })
}

/// The beds of the caller's tenant, or of the one that a header names.
fn beds(call: &Call<'_>, by_header: bool) -> Response {
    signed_in(call, |caller| {
        let named = call.header("x-tenant-id").filter(|_| by_header);
        let whose = named.unwrap_or_else(|| tenant(caller));
        let kind = if call.path.ends_with("beds") { "bed" } else { "ward" };
        match whose {
            "harbour-north" => {
                json!([{"place": format!("{kind} by the north window, kept for the pilot")}])
            }
            "harbour-south" => {
                json!([{"place": format!("{kind} under the south stairs, out of order")}])
            }
            _ => json!([]),
        }
    })
}

/// A thing by its id, of whomever.
fn unasked(call: &Call<'_>, list: &str, id: &str) -> Response {
    let found = collection(list).and_then(|known| call.clinic.find(known, id));
    match found.filter(|thing| !thing.removed) {
        _ if call.caller.is_none() => refuse(401, "sign in"),
        Some(thing) => Json(json!({"record": thing.shown})).into_response(),
        None => refuse(404, "no such thing"),
    }
}

/// The guard looks at the path and the loader at the query.
fn twice(call: &Call<'_>, id: &str) -> Response {
    let own = call.path.rsplit('/').next().unwrap_or_default();
    let guarded = collection("/v2/calls").and_then(|known| call.clinic.find(known, own));
    match (&call.caller, guarded) {
        (Some(caller), Some(thing)) if thing.owner == caller.email => {
            unasked(call, "/v2/calls", id)
        }
        (None, _) => refuse(401, "sign in"),
        _ => refuse(404, "no such thing"),
    }
}

fn scans(call: &Call<'_>) -> Response {
    signed_in(call, |caller| {
        let number = customer(caller).trim_start_matches("c-");
        json!([{"part": "left knee", "file": format!("/uploads/scan-{number}.txt")}])
    })
}

/// A file by its address.
fn upload(call: &Call<'_>, file: &str) -> Response {
    let people = accounts();
    let all = [people.a, people.b, people.admin];
    let of =
        |one: &&Account| file == format!("scan-{}.txt", customer(one).trim_start_matches("c-"));
    let Some(owner) = all.iter().find(of) else { return refuse(404, "no such file") };
    let own = call.caller.as_ref().is_some_and(|caller| caller.email == owner.email);
    if !own && !call.clinic.has("scan-file-served") {
        return refuse(404, "no such file");
    }
    let text = format!("scan of the left knee, ordered by {}\nno finding\n", customer(owner));
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
