//! What BOLA-17 sends: a change of one person's account, named by path or body, with something in it
//! that can be told again.

use crate::accounts::Person;
use crate::bodies;
use crate::context::Context;
use crate::danger::words;
use crate::identity::blanks::Blank;
use crate::identity::doors;
use crate::known_accounts::{made_up, password};
use crate::links::singular;
use crate::oracle::caller::names_the_caller;
use crate::oracle::leaves::{leaves_of, plain_key};
use crate::step::Request;
use crate::tape::Reply;
use avouch_model::operation::{Media, Method, Operation};
use avouch_model::schema::Kind;
use serde_json::{Map, Value, json};

/// Words of a path's last part that say what of a person is changed, or that it is changed.
const OF_A_PERSON: [&str; 20] = [
    "password", "pwd", "email", "mail", "phone", "mobile", "profile", "detail", "details", "info",
    "settings", "name", "address", "change", "update", "edit", "set", "modify", "account", "user",
];
/// Names of what chooses a person, by plain key.
const PERSON_KEYS: [&str; 14] = [
    "username",
    "userid",
    "uid",
    "login",
    "user",
    "useruuid",
    "useremail",
    "accountid",
    "customerid",
    "memberid",
    "profileid",
    "userlogin",
    "handle",
    "uname",
];
/// Names of ids in a person's record, by plain key.
const RECORD_KEYS: [&str; 6] = ["id", "uuid", "guid", "userid", "uid", "accountid"];
/// Such names that mean a person only where the operation is about people.
const BARE_KEYS: [&str; 4] = ["id", "uuid", "guid", "email"];

/// How an operation names the person whose account it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By a parameter of the path.
    Path(String),
    /// By a property of the body.
    Body(String),
    /// As far as is described by nobody but whoever asks: an id that its record holds may be heeded.
    Beside,
}

/// What is to be told again afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A new password: a login tells.
    Password(String),
    /// A value under that property: a reading tells.
    Shown(String),
    /// That there is no such account any more.
    Gone,
}

/// A change that is ready to be sent, by nobody yet.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The request.
    pub(super) request: Request,
    /// What tells that it took.
    pub(super) mark: Mark,
}

/// How that operation names the person whose account it changes; `None` when it changes none, or only
/// that of whoever asks.
pub(super) fn named(operation: &Operation) -> Option<Named> {
    let writes =
        matches!(operation.method, Method::Put | Method::Patch | Method::Post | Method::Delete);
    if !writes || operation.graph.is_some() || doors::is_reset(operation) {
        return None;
    }
    let mut parameters = operation.path_parameters();
    match (parameters.next(), parameters.next()) {
        (Some(parameter), None) => by_path(operation, parameter),
        (None, _) => by_body(operation),
        _ => None,
    }
}

fn by_path(operation: &Operation, parameter: &str) -> Option<Named> {
    let (before, after) = operation.path.split_once(&format!("{{{parameter}}}"))?;
    let last = before.rsplit('/').find(|part| !part.is_empty() && !is_version(part))?;
    let people = doors::is_about_people(&format!("/{last}"));
    let own = PERSON_KEYS.contains(&plain_key(parameter).as_str()) && people_anywhere(before);
    let rest = after.trim_matches('/');
    let about = if rest.is_empty() {
        operation.method != Method::Post
    } else {
        operation.method != Method::Delete && !rest.contains('/') && is_personal(rest)
    };
    ((people || own) && about).then(|| Named::Path(parameter.to_owned()))
}

fn people_anywhere(path: &str) -> bool {
    doors::is_about_people(path) || path.contains("auth") || path.contains("profile")
}

fn by_body(operation: &Operation) -> Option<Named> {
    let last = operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let about = names_the_caller(&operation.path)
        || people_anywhere(&operation.path)
        || words(last).iter().any(|word| word == "password");
    let changes = operation.method == Method::Put
        || operation.method == Method::Patch
        || operation.method == Method::Post
            && is_personal(last)
            && words(last).iter().any(|word| {
                ["change", "update", "edit", "set", "modify", "password"].contains(&word.as_str())
            });
    if !about || !changes {
        return None;
    }
    let properties = &media(operation)?.schema.properties;
    let key = |list: &[&str]| {
        properties.keys().find(|name| list.contains(&plain_key(name).as_str())).cloned()
    };
    // An address chooses whose password is changed; elsewhere it is what is changed.
    let bare = if new_password(operation).is_some() { &BARE_KEYS[..] } else { &BARE_KEYS[..3] };
    let other = key(&PERSON_KEYS).or_else(|| key(bare));
    match other {
        Some(other) if properties.keys().any(|name| *name != other) => Some(Named::Body(other)),
        None if names_the_caller(&operation.path) && !properties.is_empty() => Some(Named::Beside),
        _ => None,
    }
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_personal(part: &str) -> bool {
    words(part).iter().any(|word| OF_A_PERSON.contains(&word.as_str()))
}

fn media(operation: &Operation) -> Option<&Media> {
    operation.body.iter().find(|media| media.media_type.contains("json"))
}

/// The property of the body that is a new password.
fn new_password(operation: &Operation) -> Option<String> {
    let properties = &media(operation)?.schema.properties;
    properties.keys().find(|name| Blank::of(name) == Some(Blank::Password)).cloned()
}

/// Whether the operation is about a password and nothing else.
fn only_password(operation: &Operation) -> bool {
    let last = operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    words(last).iter().any(|word| ["password", "pwd", "passwd"].contains(&word.as_str()))
}

impl Change {
    /// The change of that person's account, as somebody sends it who knows only its own password.
    /// `address` is what the operation calls the person; `record` what a reading shows of it.
    pub(super) fn new(
        ctx: &Context<'_>,
        operation: &Operation,
        named: &Named,
        address: &str,
        sender: &Person,
        record: &Value,
        label: &str,
    ) -> Option<Self> {
        let mut path = operation.path.clone();
        if let Named::Path(parameter) = named {
            path = path.replace(&format!("{{{parameter}}}"), address);
        }
        let request = Request::new(operation.method.clone(), ctx.path(&path));
        if operation.method == Method::Delete {
            return Some(Self { request, mark: Mark::Gone });
        }
        let (mut body, mark) = body(ctx, operation, named, label)?;
        for (name, value) in &mut body {
            if Mark::Shown(name.clone()) == mark {
                continue;
            }
            let key = plain_key(name);
            let about_old = ["old", "current", "existing"].iter().any(|word| key.contains(word));
            if key.contains("pass") && about_old {
                *value = Value::from(sender.password());
            } else if Blank::of(name) == Some(Blank::Password) {
                *value = Value::from(password(&ctx.nonces, label));
            } else if let Some(there) = held(record, name) {
                *value = there;
            }
        }
        match named {
            Named::Body(property) => {
                let known = held(record, property).filter(|value| text(value) == address);
                let value = known.unwrap_or_else(|| like(operation, property, address));
                body.insert(property.clone(), value);
            }
            Named::Beside if record.is_object() => body.extend(ids_of(record)),
            _ => (),
        }
        let request = request.json(&Value::Object(body));
        Some(Self { request, mark })
    }

    /// The value that was sent under the marked property, as capture shows it.
    pub(super) fn shown(&self, sent: &Reply<'_>) -> Option<String> {
        let Mark::Shown(name) = &self.mark else { return None };
        let body: Value = serde_json::from_str(sent.exchange.request.body.as_deref()?).ok()?;
        leaves_of(&body).into_iter().find(|leaf| leaf.path == format!("/{name}")).map(|l| l.value)
    }
}

/// The ids by which a record names itself.
pub(super) fn ids_of(record: &Value) -> Map<String, Value> {
    let members = record.as_object().into_iter().flatten();
    let ids = members.filter(|(name, value)| {
        RECORD_KEYS.contains(&plain_key(name).as_str()) && (value.is_string() || value.is_number())
    });
    ids.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// An id in the form in which the body is described to hold it.
fn like(operation: &Operation, property: &str, address: &str) -> Value {
    let schema = media(operation).and_then(|media| media.schema.properties.get(property));
    let number = schema.is_some_and(|schema| schema.kinds.contains(&Kind::Integer));
    match address.parse::<u64>() {
        Ok(id) if number => Value::from(id),
        _ => Value::from(address),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What a record holds under that name, here or one object below.
fn held(record: &Value, name: &str) -> Option<Value> {
    let inner = record.as_object().into_iter().flat_map(Map::values).filter(|v| v.is_object());
    let found = std::iter::once(record).chain(inner).find_map(|record| record.get(name))?;
    (!found.is_null()).then(|| found.clone())
}

fn body(
    ctx: &Context<'_>,
    operation: &Operation,
    named: &Named,
    label: &str,
) -> Option<(Map<String, Value>, Mark)> {
    let salt = ctx.nonces.number(&format!("salt {label}"), 1, u64::from(u32::MAX));
    let media = media(operation).filter(|media| media.schema.cut.is_none());
    let new = password(&ctx.nonces, label);
    if only_password(operation) {
        let described = media.and_then(|media| bodies::body_for(media, salt));
        let body = described.unwrap_or_else(|| {
            json!({"password": "", "newPassword": "", "new_password": "", "confirmPassword": ""})
        });
        let mut body = body.as_object()?.clone();
        if let Some(name) = new_password(operation) {
            body.insert(name, Value::from(new.clone()));
        }
        let is_new = |name: &String| Blank::of(name) == Some(Blank::Password);
        return body.keys().any(is_new).then_some((body, Mark::Password(new)));
    }
    let own_name = match named {
        Named::Path(parameter) => plain_key(parameter),
        Named::Body(property) => plain_key(property),
        Named::Beside => String::new(),
    };
    let word = ctx.nonces.word(&format!("marker {label}"), 10);
    let media = media?;
    let text = bodies::marked(media, &format!("Av{word}"), salt, &own_name);
    let text = text.filter(|(_, field)| Blank::of(field).is_none());
    if let Some((body, field)) = text {
        return Some((body.as_object()?.clone(), Mark::Shown(field)));
    }
    // An address or a number is told again as well.
    let mut body = bodies::body_for(media, salt).unwrap_or_default();
    if body.is_null() {
        body = json!({});
    }
    let mut offered = media.schema.properties.keys();
    let field = offered.find(|name| {
        matches!(Blank::of(name), Some(Blank::Email | Blank::Phone)) && plain_key(name) != own_name
    })?;
    let person = made_up(&ctx.nonces, label);
    let blank = Blank::of(field)?.name();
    let body = body.as_object_mut()?;
    body.insert(field.clone(), Value::from(person.get(blank)?.clone()));
    Some((body.clone(), Mark::Shown(field.clone())))
}

/// What the operation is about, for the proof.
pub(super) fn what(operation: &Operation, mark: &Mark) -> String {
    match mark {
        Mark::Password(_) => "password".to_owned(),
        Mark::Shown(field) => format!("`{field}`"),
        Mark::Gone => {
            let path = operation.path.split("/{").next().unwrap_or_default();
            singular(path.rsplit('/').find(|part| !is_version(part)).unwrap_or("account"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_told_from_other_things() {
        let by = |method: Method, path: &str| named(&Operation::discovered(method, path));
        let path = |name: &str| Some(Named::Path(name.to_owned()));
        assert_eq!(by(Method::Put, "/users/v1/{username}/password"), path("username"));
        assert_eq!(by(Method::Patch, "/api/users/{id}"), path("id"));
        assert_eq!(by(Method::Delete, "/accounts/{accountId}"), path("accountId"));
        assert_eq!(by(Method::Post, "/users/{id}/change-password"), path("id"));
        assert_eq!(by(Method::Post, "/users/{id}/orders"), None);
        assert_eq!(by(Method::Put, "/orders/{id}"), None);
        assert_eq!(by(Method::Delete, "/users/{id}/orders/{order}"), None);
        assert_eq!(by(Method::Put, "/users/{id}/role"), None);
        assert_eq!(by(Method::Put, "/me"), None);
    }
}
