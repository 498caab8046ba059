//! The part of PROP-08 about one's own record: a profile that is given rights by its owner.
//!
//! The record is that of an account the scanner registers for it. Where nobody can register it is
//! the first identity's own, and what was changed is changed back at once.

use super::wishes::{Wishes, record_of, usual_wishes, wished};
use crate::accounts::{self, Account, Desk};
use crate::bodies;
use crate::context::Context;
use crate::objects::{self, accepted};
use crate::oracle::caller::names_the_caller;
use crate::oracle::leaves::plain_key;
use crate::oracle::refusal::refuses;
use crate::oracle::rights::{decides, rights_of, shows_the_caller};
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// LIMIT: properties that are tried one by one when all together are refused.
const ALONE_MAX: usize = 6;
/// Last words of paths that change one thing of a person and nothing else.
const OTHER_THINGS: [&str; 12] = [
    "password", "avatar", "picture", "photo", "image", "email", "phone", "mfa", "2fa", "language",
    "location", "logout",
];

/// Whether this changes the record of whoever asks, or of one person by name.
pub(super) fn changes_a_person(ctx: &Context<'_>, operation: &Operation) -> bool {
    let last = operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    matches!(operation.method, Method::Put | Method::Patch)
        && (operation.body.is_empty() && is_own(operation) && operation.method == Method::Patch
            || operation.body.iter().any(|media| media.media_type.contains("json")))
        && !OTHER_THINGS.contains(&plain_key(last).as_str())
        && (is_own(operation) || accounts::desk(ctx).is_some() && is_persons(operation))
}

fn is_own(operation: &Operation) -> bool {
    names_the_caller(&operation.path) && !operation.path.contains('{')
}

/// `PUT /users/{id}`
fn is_persons(operation: &Operation) -> bool {
    let collection = operation.path.rsplit_once("/{").map_or("", |(before, _)| before);
    let last = crate::links::singular(&plain_key(collection.rsplit('/').next().unwrap_or("")));
    operation.path.ends_with('}')
        && operation.path_parameters().count() == 1
        && ["user", "account", "profile", "member", "customer"].contains(&last.as_str())
}

/// Who changes its record, and where that is.
struct Actor<'t> {
    account: Option<Account<'t>>,
    path: String,
    read: Request,
    known_as: Vec<String>,
}

impl Actor<'_> {
    fn speaking(&self, request: Request) -> Request {
        match &self.account {
            Some(account) => account.speaking(request),
            None => request.by(Who::A),
        }
    }

    fn rights(&self, reply: &Reply<'_>) -> BTreeMap<String, Value> {
        let json = reply.answer().json().unwrap_or_default();
        rights_of(record_of(&json, &self.known_as).unwrap_or(&json))
    }
}

/// Changes the record as described and with rights besides, and reads it.
pub(super) fn run(ctx: &Context<'_>, tape: &mut Tape<'_>, operation: &Operation) -> Flow {
    let media = operation.body.iter().find(|media| media.media_type.contains("json"));
    let actor = actor(ctx, tape, operation)?;
    let before = tape.send(actor.read.clone())?;
    if refuses(before.answer()) {
        let because = format!("the record cannot be read: {}", before.status);
        return Ok(Verdict::inconclusive(because));
    }
    let natural = actor.rights(&before);
    let wishes = wishes(ctx, media, &natural);
    if wishes.is_empty() {
        return Ok(Verdict::inconclusive("the record shows nothing that could be asked for"));
    }
    let record = before.answer().json().unwrap_or_default();
    let change = |with: &Wishes| {
        let body = match media {
            Some(media) => body(ctx, media, &record, with),
            // Of a PATCH of which nothing is said.
            None => Value::Object(with.clone()),
        };
        let request = Request::new(operation.method.clone(), actor.path.clone()).json(&body);
        let kind = media.map_or("application/json", |media| media.media_type.as_str());
        actor.speaking(request.header("content-type", kind.to_owned()))
    };
    let Some((changed, wishes)) = taken(tape, wishes, &change)? else {
        return Ok(Verdict::Pass);
    };
    let after = tape.send(actor.read.clone())?;
    if refuses(after.answer()) {
        let because = format!("the changed record cannot be read: {}", after.status);
        return Ok(Verdict::inconclusive(because));
    }
    let shown = actor.rights(&after);
    let risen: Vec<&String> = shown
        .iter()
        .filter(|(name, value)| natural.get(*name) != Some(*value))
        .filter(|(name, value)| wishes.get(*name) == Some(*value))
        .map(|(name, _)| name)
        .collect();
    if risen.is_empty() {
        return Ok(Verdict::Pass);
    }
    let back: Wishes = risen
        .iter()
        .filter_map(|name| Some(((*name).clone(), natural.get(*name)?.clone())))
        .collect();
    let restored = tape.send(change(&back))?;
    let last = tape.send(actor.read.clone())?;
    let now = actor.rights(&last);
    let follows = risen.iter().all(|name| now.get(*name) == natural.get(*name));
    let shown_by = [changed, after.index, before.index, restored.index, last.index];
    let offered = risen.iter().all(|name| offers(media, name));
    Ok(Verdict::fail(proof(&risen, &natural, &shown, follows, offered).shown_by(shown_by)))
}

fn actor<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    operation: &Operation,
) -> Result<Actor<'t>, Step> {
    let account = match accounts::desk(ctx) {
        Some(desk) => registered(ctx, tape, desk)?,
        None => None,
    };
    let parameter = operation.path_parameters().next();
    let path = match (parameter, &account) {
        (None, _) => operation.path.clone(),
        (Some(parameter), Some((account, desk))) => {
            let key = plain_key(parameter);
            let id = if key.contains("name") {
                Some(account.person.name.clone())
            } else {
                objects::new_id(account.reply.answer(), parameter, &desk.register.path, None)
            };
            let id = id.ok_or_else(|| Step::inconclusive("the new account's id is not told"))?;
            operation.path.replace(&format!("{{{parameter}}}"), &id)
        }
        (Some(_), None) => return Err(Step::inconclusive("no account could be registered for it")),
    };
    if account.is_none() && !ctx.has(Who::A) {
        return Err(Step::inconclusive("there is no identity whose record could be changed"));
    }
    let gets = || ctx.catalog.operations.iter().filter(|o| o.method == Method::Get);
    let same = gets().find(|o| o.path == operation.path).map(|_| path.clone());
    let own = || gets().find(|o| shows_the_caller(ctx, o)).map(|o| o.path.clone());
    let seen = same.or_else(own).ok_or_else(|| Step::inconclusive("nothing reads the record"))?;
    let known_as = match &account {
        Some((account, _)) => account.person.known_as(&account.reply),
        None => ctx.identity(Who::A).map(|facts| facts.own_values.clone()).unwrap_or_default(),
    };
    let account = account.map(|(account, _)| account);
    let mut actor =
        Actor { account, path: ctx.path(&path), read: Request::read(ctx.path(&seen)), known_as };
    actor.read = actor.speaking(actor.read.clone());
    Ok(actor)
}

/// An account with a session of its own; `None` when none can be had.
fn registered<'c, 't>(
    ctx: &Context<'c>,
    tape: &mut Tape<'t>,
    desk: Desk<'c>,
) -> Result<Option<(Account<'t>, Desk<'c>)>, Step> {
    let (desk, person, reply) = accounts::open(ctx, tape, desk, "owner")?;
    if !accepted(reply.answer()) {
        return Ok(None);
    }
    let account = accounts::enter(ctx, tape, &desk, person, reply)?;
    Ok(account.session.is_some().then_some((account, desk)))
}

/// What to ask for: rights the record shows, offered or not; what it was granted where not offered.
fn wishes(ctx: &Context<'_>, media: Option<&Media>, natural: &BTreeMap<String, Value>) -> Wishes {
    let mut wishes = Map::new();
    for (name, value) in natural {
        let shape = media.and_then(|media| media.schema.properties.get(name));
        if let Some(wish) = wished(ctx, name, value, shape.map(|schema| &**schema)) {
            wishes.insert(name.clone(), wish);
        }
    }
    if wishes.is_empty() && natural.is_empty() { usual_wishes() } else { wishes }
}

fn offers(media: Option<&Media>, name: &str) -> bool {
    let schema = media.and_then(|media| media.schema.properties.get(name));
    schema.is_some_and(|schema| !schema.read_only)
}

/// What the operation asks for, with what the record holds already, and these besides.
fn body(ctx: &Context<'_>, media: &Media, record: &Value, with: &Wishes) -> Value {
    let salt = ctx.nonces.number("body", 1, u64::from(u32::MAX));
    let mut body = bodies::body_for(media, salt).unwrap_or_else(|| Value::Object(Map::new()));
    let inner = record.as_object().into_iter().flat_map(Map::values).filter(|v| v.is_object());
    let records: Vec<&Value> = std::iter::once(record).chain(inner).collect();
    if let Some(members) = body.as_object_mut() {
        for (name, value) in members.iter_mut() {
            if let Some(there) = records.iter().find_map(|record| record.get(name)) {
                *value = there.clone();
            }
        }
        members.extend(with.clone());
    }
    body
}

/// Sends the change with those wishes, one by one when all together are refused; `None` when every
/// wish is refused.
fn taken(
    tape: &mut Tape<'_>,
    wishes: Wishes,
    change: &dyn Fn(&Wishes) -> Request,
) -> Result<Option<(usize, Wishes)>, Step> {
    let reply = tape.send(change(&wishes))?;
    if accepted(reply.answer()) {
        return Ok(Some((reply.index, wishes)));
    }
    let plain = tape.send(change(&Map::new()))?;
    if !accepted(plain.answer()) {
        let because = format!("an ordinary change was answered {}", plain.status);
        return Err(Step::inconclusive(because));
    }
    let mut failed = reply.status >= 500;
    for (name, wish) in wishes.into_iter().take(ALONE_MAX) {
        let one: Wishes = [(name, wish)].into_iter().collect();
        let reply = tape.send(change(&one))?;
        if accepted(reply.answer()) {
            return Ok(Some((reply.index, one)));
        }
        failed |= reply.status >= 500;
    }
    if failed {
        return Err(Step::inconclusive("the server falls over what it does not expect"));
    }
    Ok(None)
}

fn proof(
    risen: &[&String],
    natural: &BTreeMap<String, Value>,
    shown: &BTreeMap<String, Value>,
    follows: bool,
    offered: bool,
) -> Proof {
    let severity = risen.iter().filter_map(|name| decides(name)).max().unwrap_or(Severity::High);
    let confidence = match (follows, offered) {
        (true, false) => Confidence::Confirmed,
        (true, true) => Confidence::Firm,
        (false, _) => Confidence::Tentative,
    };
    let names: Vec<&str> = risen.iter().map(|name| name.as_str()).collect();
    let names = names.join(", ");
    let summary = format!("the owner of a record may set its {names}");
    let mut proof = Proof::new(severity, confidence, summary).about(names);
    for name in risen {
        if let (Some(natural), Some(value)) = (natural.get(*name), shown.get(*name)) {
            proof = proof.because(format!(
                "`{name}` was {natural}; after a change that also said {value}, a read showed that"
            ));
        }
    }
    proof.because(if follows {
        "changed back the same way, the record was as before"
    } else {
        "changed back the same way, the record did not become as before: see to it"
    })
}
