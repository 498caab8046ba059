//! Where an account is shown, and what to ask for instead of what it has.

use crate::accounts::{Account, Desk, address_of};
use crate::context::Context;
use crate::oracle::administrative;
use crate::oracle::guarded::turns_away;
use crate::oracle::leaves::{plain_key, records};
use crate::oracle::refusal::refuses;
use crate::oracle::rights::{decides, is_high, rights_of, seen_by, shows_the_caller};
use crate::step::{Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::schema::Schema;
use avouch_model::severity::Severity;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is asked for when nothing is known of the names: the commonest.
const USUAL: [&str; 5] = ["admin", "isAdmin", "is_admin", "role", "is_superuser"];
/// LIMIT: reads of one kind that may show an account.
const VIEWS_MAX: usize = 3;
/// LIMIT: how deep a record is looked for.
const DEPTH_MAX: usize = 6;

/// What is asked for, by name.
pub(super) type Wishes = Map<String, Value>;

/// What to ask for under a name whose natural value is known, and what it may be when that is
/// described; `None` when there is nothing more to ask for. What the description offers may be chosen:
/// a seller's account instead of a buyer's is nobody's right, an administrator's is.
pub(in crate::checks) fn wished(
    ctx: &Context<'_>,
    name: &str,
    natural: &Value,
    offered: Option<&Schema>,
) -> Option<Value> {
    let high = |value: &&Value| value.as_str().is_some_and(is_high);
    let allowed = offered.map(|schema| schema.allowed.as_slice()).unwrap_or_default();
    if offered.is_some_and(|schema| !schema.read_only) {
        if decides(name) != Some(Severity::Critical) {
            return None;
        }
        if !allowed.is_empty() {
            return allowed.iter().find(high).filter(|value| *value != natural).cloned();
        }
    }
    if let Value::String(_) = natural {
        let others: Vec<&Value> = allowed.iter().filter(|value| *value != natural).collect();
        let best = others.iter().copied().find(high).or_else(|| others.last().copied());
        if best.is_some() {
            return best.cloned();
        }
    }
    match natural {
        Value::Bool(false) => Some(json!(true)),
        Value::Number(_) if decides(name) == Some(Severity::High) => {
            let there = natural.as_f64();
            let value = ctx.nonces.number(&format!("wish for {name}"), 1_000_011, 1_999_989);
            (there != json!(value).as_f64()).then(|| json!(value))
        }
        Value::String(text) if is_role(name) && !is_high(text) => {
            // What the higher role is called here, where that was seen.
            let known = seen_by(ctx, Who::High, name, true).into_iter().find(|role| role != text);
            Some(json!(known.unwrap_or_else(|| administrator(text))))
        }
        Value::String(text) if plain_key(name) == "plan" || plain_key(name) == "tier" => {
            Some(json!(if text == "premium" { "enterprise" } else { "premium" }))
        }
        Value::Array(items) if is_role(name) => {
            let first = items.first().and_then(Value::as_str);
            let text = first.unwrap_or_default();
            let plain = items.iter().all(Value::is_string);
            (plain && !items.iter().any(|i| i.as_str().is_some_and(is_high)))
                .then(|| json!([administrator(text)]))
        }
        _ => None,
    }
}

/// What is asked for when no record shows what there is.
pub(super) fn usual_wishes() -> Wishes {
    let wish = |name: &str| if name == "role" { json!("admin") } else { json!(true) };
    USUAL.into_iter().map(|name| (name.to_owned(), wish(name))).collect()
}

fn is_role(name: &str) -> bool {
    let key = plain_key(name);
    ["role", "type", "level", "authorit", "permission", "privilege"]
        .iter()
        .any(|part| key.contains(part))
}

/// The highest role, in the dress of one that was seen.
pub(in crate::checks) fn administrator(seen: &str) -> String {
    let upper = seen.chars().any(char::is_alphabetic) && seen == seen.to_ascii_uppercase();
    let capital = seen.chars().next().is_some_and(char::is_uppercase);
    let word = if upper {
        "ADMIN"
    } else if capital {
        "Admin"
    } else {
        "admin"
    };
    match seen.split_once('_') {
        Some((prefix @ ("ROLE" | "role"), _)) => format!("{prefix}_{word}"),
        _ => word.to_owned(),
    }
}

/// The innermost object that names somebody by one of these values.
pub(in crate::checks) fn record_of<'v>(json: &'v Value, known_as: &[String]) -> Option<&'v Value> {
    inner(json, known_as, DEPTH_MAX)
}

fn inner<'v>(json: &'v Value, known_as: &[String], depth: usize) -> Option<&'v Value> {
    if depth == 0 {
        return None;
    }
    match json {
        Value::Array(items) => items.iter().find_map(|item| inner(item, known_as, depth - 1)),
        Value::Object(members) => {
            let below = members.values().find_map(|value| inner(value, known_as, depth - 1));
            let here = || {
                let mut texts = members.values().filter_map(Value::as_str);
                texts.any(|text| known_as.iter().any(|name| name == text)).then_some(json)
            };
            below.or_else(here)
        }
        _ => None,
    }
}

/// A read that showed what an account may do.
#[derive(Clone, Debug)]
pub(in crate::checks) struct Sight {
    /// Its place on the tape.
    pub(in crate::checks) index: usize,
    /// What was read, for the proof.
    pub(in crate::checks) place: String,
    /// The account's record there.
    pub(in crate::checks) record: Value,
    /// What it shows of rights.
    pub(in crate::checks) rights: BTreeMap<String, Value>,
}

/// Reads an account wherever it may be shown: in the answer to its login, by its own profile, by its
/// name, and in lists of people. `only` leaves out what is not among those places.
///
/// # Errors
/// The next step.
pub(in crate::checks) fn look(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    desk: &Desk<'_>,
    account: &Account<'_>,
    only: Option<&[Sight]>,
) -> Result<Vec<Sight>, Step> {
    let known_as = account.person.known_as(&account.reply);
    let wanted = |place: &str| only.is_none_or(|seen| seen.iter().any(|s| s.place == place));
    let mut seen = Vec::new();
    let mut add = |reply: &Reply<'_>, place: String, own: bool| {
        let json = reply.answer().json().unwrap_or_default();
        let record = record_of(&json, &known_as).or_else(|| own.then_some(&json));
        let Some(record) = record.filter(|_| !refuses(reply.answer())) else { return };
        let rights = rights_of(record);
        if !rights.is_empty() {
            seen.push(Sight { index: reply.index, place, record: record.clone(), rights });
        }
    };
    if let Some(entered) = &account.entered {
        let place = desk.login_place();
        if wanted(&place) {
            add(entered, place, true);
        }
    }
    for (request, place, own) in views(ctx, desk, account) {
        if wanted(&place) {
            add(&tape.send(request)?, place, own);
        }
    }
    Ok(seen)
}

/// Requests that may show an account, with their names and whether they answer about the caller.
fn views(
    ctx: &Context<'_>,
    desk: &Desk<'_>,
    account: &Account<'_>,
) -> Vec<(Request, String, bool)> {
    let gets = || ctx.catalog.operations.iter().filter(|o| o.method == Method::Get);
    let mut all = Vec::new();
    if account.session.is_some() {
        let own = gets().filter(|o| shows_the_caller(ctx, o));
        for operation in own.take(VIEWS_MAX) {
            let request = account.speaking(Request::read(ctx.path(&operation.path)));
            all.push((request, operation.id.0.clone(), true));
        }
    }
    for operation in gets().filter(|o| shows_one(desk, o)).take(1) {
        let Some(parameter) = operation.path_parameters().next() else { continue };
        let Some(id) = address_of(desk, account, parameter) else { continue };
        let path = ctx.path(&operation.path.replace(&format!("{{{parameter}}}"), &id));
        let request = Request::read(path);
        let request = match account.session {
            Some(_) => account.speaking(request),
            None => request.by(ctx.anyone().unwrap_or(Who::Nobody)),
        };
        all.push((request, operation.id.0.clone(), false));
    }
    let mut lists = 0;
    for sample in ctx.corpus.samples() {
        let people = sample.success().and_then(avouch_model::exchange::Answer::json);
        let shows = people.is_some_and(|json| records(&json).into_iter().any(is_person));
        let known = all.iter().any(|(_, place, _)| *place == sample.operation.0);
        if shows && !known && lists < VIEWS_MAX {
            lists += 1;
            all.push((sample.request.clone(), sample.operation.0.clone(), false));
        }
    }
    all
}

/// `GET /users/v1/{username}` for `POST /users/v1/register` or `POST /users/v1`.
fn shows_one(desk: &Desk<'_>, operation: &Operation) -> bool {
    let created = desk.register.path.trim_end_matches('/');
    let beside = created.rsplit_once('/').map_or("", |(parent, _)| parent);
    operation.path.ends_with('}')
        && operation.path_parameters().count() == 1
        && operation.path.rsplit_once("/{").is_some_and(|(collection, _)| {
            collection == created
                || collection == beside && !beside.is_empty()
                || ["users", "accounts"].contains(&collection.rsplit('/').next().unwrap_or(""))
        })
}

fn is_person(record: &Value) -> bool {
    let members = record.as_object();
    let named = members.into_iter().flatten().any(|(name, _)| {
        ["username", "email", "login", "name", "useremail"].contains(&plain_key(name).as_str())
    });
    named && !rights_of(record).is_empty()
}

/// Reads of administrators' functions that ordinary identities were turned away from.
pub(in crate::checks) fn closed_doors(ctx: &Context<'_>) -> Vec<Request> {
    let low = |who| matches!(who, Who::A | Who::B);
    let closed = ctx.catalog.operations.iter().filter_map(|operation| {
        administrative::mark(operation)?;
        let read = ctx.corpus.all_of(&operation.id).find(|sample| low(sample.who))?;
        let turned = read.answer().is_some_and(turns_away) && read.request.method.is_safe();
        turned.then(|| read.request.clone())
    });
    closed.take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_role_is_asked_for_in_the_dress_of_the_lower() {
        assert_eq!(administrator("ROLE_USER"), "ROLE_ADMIN");
        assert_eq!(administrator("Customer"), "Admin");
        assert_eq!(administrator("user"), "admin");
        assert_eq!(administrator(""), "admin");
    }

    #[test]
    fn a_record_is_the_innermost_that_names_its_person() {
        let json = json!({"users": [{"username": "ann", "admin": true},
            {"username": "bob", "profile": {"role": "user"}, "admin": false}]});
        let record = record_of(&json, &["bob".to_owned()]).unwrap();
        let rights = rights_of(record);
        assert_eq!(rights.get("admin"), Some(&json!(false)));
        assert_eq!(rights.get("role"), Some(&json!("user")));
        assert!(record_of(&json, &["eve".to_owned()]).is_none());
    }
}
