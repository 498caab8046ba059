//! What the answer to a creation tells of the new object: its id, or a link to it.

use super::kin::{Way, is_id};
use crate::context::{Context, Input, InputPlace};
use crate::inputs::value_in;
use crate::links;
use crate::oracle::leaves::{leaves, plain_key, records};
use crate::step::Request;
use avouch_model::exchange::Answer;
use avouch_model::operation::{Method, Operation};
use serde_json::Value;

/// LIMIT: envelopes around the new record that are looked into.
const ENVELOPES_MAX: usize = 3;
/// LIMIT: bytes of a bare text that is taken for an id.
const BARE_BYTES_MAX: usize = 64;
/// Members of an answer that are about somebody rather than about what was made.
const PEOPLE: [&str; 8] =
    ["user", "owner", "author", "customer", "account", "creator", "createdby", "member"];

/// Ids of the message that carries the answer rather than of what the answer tells of.
const MESSAGES: [&str; 6] =
    ["requestid", "traceid", "spanid", "correlationid", "sessionid", "responseid"];

/// The id of what was just created: named by the answer's body, by what was sent where the caller
/// chooses the name, or by the end of the `Location`.
pub fn new_id(
    answer: &Answer,
    parameter: &str,
    collection: &str,
    sent: Option<&Value>,
) -> Option<String> {
    let json = answer.json().unwrap_or_default();
    let wanted = plain_key(parameter);
    let resource = plain_key(&links::singular(collection.rsplit('/').next().unwrap_or_default()));
    let with_resource = format!("{resource}id");
    let named = |names: &[&str]| by_names(&json, names, &resource, ENVELOPES_MAX);
    named(&[&wanted])
        .or_else(|| {
            let chosen = sent.filter(|_| !is_id(parameter))?;
            by_names(chosen, &[&wanted], "", 0)
        })
        .or_else(|| named(&[&with_resource, "id", "uuid", "guid"]))
        .or_else(|| located(answer, collection))
        .or_else(|| ending_in_id(&json, &resource, ENVELOPES_MAX))
        .or_else(|| links::own_id(&json, parameter, collection))
        .or_else(|| Some(text(&json)).filter(|text| is_bare_id(text)))
}

fn is_bare_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= BARE_BYTES_MAX && !text.contains(char::is_whitespace)
}

/// The value under the first of these names, here or in what is around the record.
fn by_names(json: &Value, names: &[&str], resource: &str, depth: usize) -> Option<String> {
    let members = json.as_object()?;
    let here = names.iter().find_map(|name| {
        let (_, value) = members.iter().find(|(key, _)| plain_key(key) == *name)?;
        Some(text(value)).filter(|text| !text.is_empty())
    });
    here.or_else(|| inner(json, resource, depth, |v, d| by_names(v, names, resource, d)))
}

/// The only value whose name ends in `id`, where none is simply called that.
fn ending_in_id(json: &Value, resource: &str, depth: usize) -> Option<String> {
    let members = json.as_object()?;
    let of_another =
        |key: &str| PEOPLE.iter().any(|word| key.starts_with(word)) || MESSAGES.contains(&key);
    let mut ids = members.iter().filter(|(name, value)| {
        is_id(name) && !of_another(&plain_key(name)) && !text(value).is_empty()
    });
    match (ids.next(), ids.next()) {
        (Some((_, value)), None) => Some(text(value)),
        (None, _) => inner(json, resource, depth, |v, d| ending_in_id(v, resource, d)),
        _ => None,
    }
}

/// Looks into the objects of an object, but for those that are about people.
fn inner(
    json: &Value,
    resource: &str,
    depth: usize,
    look: impl Fn(&Value, usize) -> Option<String>,
) -> Option<String> {
    let members = json.as_object().filter(|_| depth > 0)?;
    members
        .iter()
        .filter(|(name, _)| {
            let key = plain_key(name);
            key == resource || !PEOPLE.contains(&key.as_str())
        })
        .find_map(|(_, value)| look(value, depth - 1))
}

/// The end of a `Location` below the collection (RFC 9110, section 10.2.2).
fn located(answer: &Answer, collection: &str) -> Option<String> {
    let place = answer.headers.first("location")?;
    let path = place.split(['?', '#']).next()?.trim_end_matches('/');
    let (before, last) = path.rsplit_once('/')?;
    let fits = before.rsplit('/').next() == collection.rsplit('/').next();
    (fits && !last.is_empty()).then(|| last.to_owned())
}

/// A link in the answer to what the item's operation reads: its path and query.
pub(super) fn link_to(ctx: &Context<'_>, item: &Operation, created: &Answer) -> Option<String> {
    if created.json().is_none() && created.headers.first("location").is_none() {
        return None;
    }
    let told = leaves(created).into_iter().map(|leaf| leaf.value);
    let located = created.headers.first("location").map(str::to_owned);
    told.chain(located).find_map(|value| {
        let target = match value.split_once("://") {
            Some((_, rest)) => rest.get(rest.find('/')?..)?,
            None => value.as_str(),
        };
        if !target.starts_with('/') || target.contains(char::is_whitespace) {
            return None;
        }
        let path = target.split(['?', '#']).next()?;
        let below = path.strip_prefix(ctx.target.base_path.as_str()).unwrap_or(path);
        let found = ctx.catalog.find(&Method::Get, below)?;
        let asks = item.parameters.iter().filter(|p| p.required);
        let whole = asks.into_iter().all(|parameter| {
            let input = Input::Parameter(parameter.place.into(), parameter.name.clone());
            value_in(&Request::read(target), item, &ctx.target.base_path, &input)
                .is_some_and(|value| !value.is_empty())
        });
        (found.id == item.id && whole && item.path.contains('{') | target.contains('='))
            .then(|| target.to_owned())
    })
}

/// The id in a link to an item.
pub(super) fn id_in(ctx: &Context<'_>, item: &Operation, link: &str, way: Way<'_>) -> String {
    let input = match way {
        Way::Path(name) => Input::Parameter(InputPlace::Path, name.to_owned()),
        Way::Query(name) => Input::Parameter(InputPlace::Query, name.to_owned()),
        Way::Body(_) | Way::List => return String::new(),
    };
    value_in(&Request::read(link), item, &ctx.target.base_path, &input).unwrap_or_default()
}

/// The id of what a body creates, where the caller chooses it: `book_title` for `/{book_title}`.
pub(super) fn named_in(body: &Value, way: Way<'_>) -> Option<String> {
    match way {
        Way::Path(name) | Way::Query(name) if !is_id(name) => {
            by_names(body, &[&plain_key(name)], "", 0)
        }
        _ => None,
    }
}

/// The record of one object: the one that holds the marker or names itself by the id; the whole
/// answer when it is no list.
pub fn record_in(answer: &Answer, id: &str, marker: &str) -> Option<Value> {
    let json = answer.json()?;
    let all = records(&json);
    if let [only] = all.as_slice()
        && std::ptr::eq(*only, &raw const json)
    {
        return Some(json);
    }
    let called = |record: &Value| {
        let members = record.as_object().into_iter().flatten();
        links::own_id(record, "id", "").is_some_and(|own| own == id)
            || !id.bytes().all(|b| b.is_ascii_digit()) && members.into_iter().any(|(_, v)| v == id)
    };
    let holds = |record: &&&Value| {
        !marker.is_empty() && record.to_string().contains(marker)
            || !id.is_empty() && called(record)
    };
    all.iter().find(holds).map(|record| (*record).clone())
}

pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;
    use serde_json::json;

    #[test]
    fn the_new_id_is_learnt_from_body_or_location() {
        let id = |body: &str| new_id(&answer(201, body), "orderId", "/v1/orders", None);
        assert_eq!(id(r#"{"id": 7}"#).as_deref(), Some("7"));
        assert_eq!(id(r#"{"code": 201, "data": {"order_id": "x"}}"#).as_deref(), Some("x"));
        assert_eq!(id(r#"{"status": "ok"}"#), None);
        assert_eq!(id(r#"{"user": {"id": 3}, "message": "created"}"#), None);
        assert_eq!(id(r#"{"result": {"invoiceId": 9, "ownerId": 3}}"#).as_deref(), Some("9"));
        assert_eq!(id(r#"{"status": "ok", "requestId": "req-1", "trace_id": "2"}"#), None);
        let mut located = answer(201, "");
        located.headers.0.push(("location".into(), "http://t/v1/orders/91?x=1".into()));
        assert_eq!(new_id(&located, "orderId", "/v1/orders", None).as_deref(), Some("91"));
    }

    #[test]
    fn a_name_the_caller_chose_is_the_id() {
        let sent = json!({"book_title": "mine", "secret": "s"});
        let said = answer(200, r#"{"status": "success", "message": "added", "id": 4}"#);
        let id = new_id(&said, "book_title", "/books/v1", Some(&sent));
        assert_eq!(id.as_deref(), Some("mine"));
    }

    #[test]
    fn one_record_is_taken_from_a_list() {
        let list = answer(200, r#"{"items": [{"id": 1, "t": "a"}, {"id": 2, "t": "cny-1"}]}"#);
        assert_eq!(record_in(&list, "", "cny-1").unwrap()["id"], 2);
        assert_eq!(record_in(&list, "1", "").unwrap()["t"], "a");
        assert_eq!(record_in(&list, "9", "cny-9"), None);
        assert_eq!(record_in(&answer(200, r#"{"id": 3}"#), "", "x").unwrap()["id"], 3);
    }
}
