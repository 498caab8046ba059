//! Reads, makes, changes and removes things, by the table of collections.

use super::collections::{COLLECTIONS, Collection, Ids, Rule, Says};
use super::state::{Clinic, Thing, user_name};
use super::ways;
use crate::kit::people::Account;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// One request.
pub(super) struct Call<'c> {
    pub(super) clinic: &'c Clinic,
    pub(super) method: &'c Method,
    pub(super) path: &'c str,
    pub(super) query: &'c str,
    pub(super) headers: &'c HeaderMap,
    pub(super) caller: Option<Account>,
    pub(super) body: Map<String, Value>,
}

/// Answers everything.
pub(super) async fn handle(
    State(clinic): State<Arc<Clinic>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call {
        clinic: &clinic,
        method: &method,
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        caller: clinic.caller(&headers),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    if let Some(answer) = ways::answer(&call) {
        return answer;
    }
    for collection in COLLECTIONS {
        if let Some(answer) = answer(&call, collection) {
            return answer;
        }
    }
    refuse(404, "no such page")
}

fn answer(call: &Call<'_>, collection: &'static Collection) -> Option<Response> {
    let method = call.method.as_str();
    if call.path == collection.make && method == "POST" {
        return Some(make(call, collection));
    }
    if call.path == collection.list && method == "GET" {
        return Some(list(call, collection));
    }
    let id = id_of(call, collection.item)?;
    let rule = match method {
        "GET" => collection.read,
        "DELETE" => collection.remove,
        changed if changed == collection.change.0 => collection.change.1,
        _ => Rule::Absent,
    };
    let thing = match allowed(call, collection, &id, rule) {
        Ok(thing) => thing,
        Err((status, message)) => return Some(refuse(status, message)),
    };
    Some(match method {
        "GET" => Json(Value::Object(thing.shown)).into_response(),
        "DELETE" => remove(call, collection, &thing),
        _ => change(call, collection, &thing),
    })
}

/// The id in an address that fits the template; its query counts where the template has one.
fn id_of(call: &Call<'_>, template: &str) -> Option<String> {
    if let Some((path, query)) = template.split_once('?') {
        let name = query.split('=').next()?;
        return (call.path == path).then(|| call.query(name))?;
    }
    let (before, _) = template.split_once('{')?;
    let id = call.path.strip_prefix(before)?;
    (!id.is_empty() && !id.contains('/'))
        .then(|| percent_decode_str(id).decode_utf8_lossy().into_owned())
}

/// The thing, when the rule lets the caller at it.
fn allowed(
    call: &Call<'_>,
    collection: &Collection,
    id: &str,
    rule: Rule,
) -> Result<Thing, (u16, &'static str)> {
    if rule == Rule::Absent {
        return Err((405, "not offered"));
    }
    let open = matches!(rule, Rule::OwnerUnlessOpen(switch) if call.clinic.has(switch));
    let who = call.caller.as_ref();
    if who.is_none() && !open {
        return Err((401, "sign in"));
    }
    let absent = (404, "no such thing");
    let thing = call.clinic.find(collection, id).ok_or(absent)?;
    let lives_on = collection.noun() == "reminders" && call.clinic.has("reminder-lives-on");
    if thing.removed && !(lives_on && call.method == Method::GET) {
        return Err(absent);
    }
    let own = who.is_some_and(|who| who.email == thing.owner);
    let may = match rule {
        Rule::Member => true,
        Rule::OwnerUnless(switch) => own || call.clinic.has(switch),
        Rule::OwnerUnlessOpen(_) => own || open,
        Rule::Staff => who.is_some_and(|who| who.role == "admin"),
        Rule::Owner | Rule::Absent => own,
    };
    let tells = collection.shared && !matches!(collection.ids, Ids::Name(_))
        || collection.noun() == "samples" && call.clinic.has("sample-refusal-tells");
    match may {
        true => Ok(thing),
        false if tells => Err((403, "not yours")),
        false => Err(absent),
    }
}

fn list(call: &Call<'_>, collection: &Collection) -> Response {
    let Some(caller) = &call.caller else { return refuse(401, "sign in") };
    let shown = |thing: &Thing| match collection.ids {
        Ids::Name(name) => json!({ name: thing.id, "user": thing.shown.get("owner") }),
        _ => Value::Object(thing.shown.clone()),
    };
    let items: Vec<Value> = call.clinic.with(collection, |things| {
        let seen =
            |thing: &&Thing| !thing.removed && (collection.shared || thing.owner == caller.email);
        things.iter().filter(seen).map(shown).collect()
    });
    Json(json!({"data": items, "total": items.len()})).into_response()
}

fn make(call: &Call<'_>, collection: &'static Collection) -> Response {
    let Some(caller) = &call.caller else { return refuse(401, "sign in") };
    let text = call.body.get(collection.text).and_then(Value::as_str);
    if text.is_none_or(str::is_empty) {
        return refuse(400, "the text is missing");
    }
    let Ok(id) = call.clinic.add(collection, caller, &call.body) else {
        return refuse(409, "it cannot be added");
    };
    let thing = call.clinic.find(collection, &id).map(|thing| thing.shown).unwrap_or_default();
    match collection.says {
        Says::Thing => (StatusCode::CREATED, Json(Value::Object(thing))).into_response(),
        Says::Nothing => Json(json!({"status": "success", "message": "added"})).into_response(),
        Says::Link => {
            let at = collection.item.replace("{id}", &id);
            let link = format!("{}{at}", call.clinic.base_url);
            Json(json!({"sent": true, "response": {"link": link}})).into_response()
        }
    }
}

fn change(call: &Call<'_>, collection: &Collection, thing: &Thing) -> Response {
    let Some(text) = call.body.get(collection.text).filter(|text| text.is_string()) else {
        return refuse(400, "the text is missing");
    };
    let changed = call.clinic.with(collection, |things| {
        let found = things.iter_mut().find(|other| other.id == thing.id)?;
        found.shown.insert(collection.text.to_owned(), text.clone());
        Some(found.shown.clone())
    });
    changed.map_or_else(
        || refuse(404, "no such thing"),
        |shown| Json(Value::Object(shown)).into_response(),
    )
}

fn remove(call: &Call<'_>, collection: &Collection, thing: &Thing) -> Response {
    call.clinic.with(collection, |things| {
        if let Some(found) = things.iter_mut().find(|other| other.id == thing.id) {
            found.removed = true;
        }
    });
    StatusCode::NO_CONTENT.into_response()
}

impl Call<'_> {
    /// A parameter of the query; the first of its name.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pairs.filter(|(key, _)| *key == name);
        found.next().map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    /// A header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A refusal in the clinic's one form.
pub(super) fn refuse(status: u16, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({"error": message}))).into_response()
}

/// The name others know the caller by, for what only names.
pub(super) fn named(caller: &Account) -> &'static str {
    user_name(caller)
}
