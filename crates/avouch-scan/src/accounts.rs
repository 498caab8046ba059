//! Accounts of the scanner's own that a check makes: registered, logged in, and recognised when
//! somebody reads them.
//!
//! In scope: one account at a time, noted for removal before it is made. How people register and log
//! in is what the scan learnt when it registered identities, else what the description's doors say.
//! Out of scope: the identities themselves, which are the vault's.

use crate::context::Context;
use crate::identity::blanks::{self, Blank, Draft};
use crate::identity::credential_place;
use crate::identity::doors;
use crate::identity::spec::Take;
use crate::known_accounts::{Form, made_up, with_password};
use crate::objects::{accepted, new_id, removal_template};
use crate::oracle::administrative::mark;
use crate::oracle::leaves::{leaves_of, plain_key};
use crate::step::{Creation, Request, Step};
use crate::tape::{Reply, Tape};
use avouch_catalog::values::Fill;
use avouch_model::exchange::Answer;
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::{Operation, Security};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// LIMIT: bodies that are tried until one makes an account.
const BODIES_MAX: usize = 4;

/// Where strangers become members, and members come in.
#[derive(Clone, Debug)]
pub struct Desk<'a> {
    /// Makes the account.
    pub register: &'a Operation,
    form: Form,
    /// What the form is made from, while refusals can still teach it.
    draft: Option<Draft<'a>>,
    login: Option<Form>,
    take: Take,
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// Its name, a word of its own.
    pub name: String,
    /// Its address, at a domain that is nobody's (RFC 2606).
    pub email: String,
    values: BTreeMap<String, String>,
}

/// An account that was made.
#[derive(Clone, Debug)]
pub struct Account<'t> {
    /// Who it is.
    pub person: Person,
    /// The answer to the registration.
    pub reply: Reply<'t>,
    /// The answer to the login, if it was logged in.
    pub entered: Option<Reply<'t>>,
    /// The header that speaks for it.
    pub session: Option<(String, String)>,
}

/// Where strangers register; `None` when they cannot, as far as is described.
pub fn desk<'a>(ctx: &Context<'a>) -> Option<Desk<'a>> {
    let base = &ctx.target.base_path;
    if let Some(known) = &ctx.accounts.registration {
        let register = ctx.catalog.operations.iter().find(|o| o.id == known.operation)?;
        let (form, login) = (known.form.clone(), known.login.clone());
        return Some(Desk { register, form, draft: None, login, take: known.take.clone() });
    }
    let register = doors::registrations(ctx.catalog).into_iter().find(|operation| {
        mark(operation).is_none() && !matches!(operation.security, Security::Required(_))
    })?;
    let draft = drafted(register);
    let login = doors::logins(ctx.catalog, Some(register)).first().map(|o| drafted(o).form(base));
    let form = draft.form(base);
    Some(Desk { register, form, draft: Some(draft), login, take: Take::Usual })
}

fn drafted(operation: &Operation) -> Draft<'_> {
    blanks::draft(operation, Fill::Required, 1).unwrap_or_else(|| blanks::guessed(operation))
}

impl Desk<'_> {
    /// Whether people log in with their password.
    pub fn has_login(&self) -> bool {
        self.login.is_some()
    }

    /// What goes into the login's blanks: an account registered by its address alone logs in by it,
    /// whatever that is called there.
    fn login_values(&self, person: &Person) -> BTreeMap<String, String> {
        let mut values = person.values.clone();
        if !self.form.asks_for("user") && self.form.asks_for("email") {
            values.insert("user".to_owned(), person.email.clone());
        }
        values
    }

    /// What the login is called in proofs.
    pub fn login_place(&self) -> String {
        self.login
            .as_ref()
            .map(|form| format!("{} {}", form.method, form.target))
            .unwrap_or_default()
    }

    /// The body with these properties besides, where the password is.
    fn with(&self, person: &Person, besides: &Map<String, Value>) -> Request {
        let mut request = self.form.fill(&person.values);
        let body = request.body.as_deref().unwrap_or_default();
        request.body = Some(if self.form.content_type.contains("json") {
            let mut body: Value = serde_json::from_str(body).unwrap_or_default();
            if let Some(members) = innermost(&mut body, person.value("password")) {
                members.extend(besides.clone());
            }
            body.to_string()
        } else {
            besides.iter().fold(body.to_owned(), |body, (name, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                format!("{body}&{name}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC))
            })
        });
        request
    }
}

/// The object that holds that password: the body, or one in it.
fn innermost<'v>(body: &'v mut Value, password: &str) -> Option<&'v mut Map<String, Value>> {
    let holds = |value: &Value| {
        value.as_object().is_some_and(|m| m.values().any(|v| v.as_str() == Some(password)))
    };
    if holds(body) {
        return body.as_object_mut();
    }
    let below = body.as_object()?.iter().find(|(_, value)| holds(value))?.0.clone();
    body.get_mut(&below)?.as_object_mut()
}

impl Person {
    /// Somebody of that label, who is nobody else.
    pub fn new(ctx: &Context<'_>, label: &str) -> Self {
        let values = made_up(&ctx.nonces, label);
        let value = |name: &str| values.get(name).cloned().unwrap_or_default();
        Self { name: value("user"), email: value("email"), values }
    }

    fn value(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// What it logs in with.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// Values by which answers may name it: its own, and what capture made of them in the request.
    pub fn known_as(&self, sent: &Reply<'_>) -> Vec<String> {
        let body = sent.exchange.request.body.as_deref().unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let names = leaves_of(&body).into_iter().filter(|leaf| {
            let key = leaf.path.rsplit('/').next().unwrap_or_default();
            matches!(Blank::of(key), Some(Blank::User | Blank::Email))
        });
        let own = [self.name.clone(), self.email.clone()];
        own.into_iter().chain(names.map(|leaf| leaf.value)).collect()
    }
}

/// Registers somebody as described; a refusal that says what is missing is heeded. The desk as it
/// worked, the person, and the last answer, whatever it says.
///
/// # Errors
/// The next step; ends as inconclusive when there is no answer.
pub fn open<'a, 't>(
    ctx: &Context<'a>,
    tape: &mut Tape<'t>,
    mut desk: Desk<'a>,
    label: &str,
) -> Result<(Desk<'a>, Person, Reply<'t>), Step> {
    let mut left = BODIES_MAX;
    loop {
        let (person, reply) = register(ctx, tape, &desk, label, &Map::new())?;
        left -= 1;
        let about_body = reply.is_success() || matches!(reply.status, 400 | 409 | 422 | 500);
        if accepted(reply.answer()) || !about_body || left == 0 {
            return Ok((desk, person, reply));
        }
        let Some(draft) = &mut desk.draft else { return Ok((desk, person, reply)) };
        if !draft.learn(&reply.answer().body) && !draft.in_digits() {
            return Ok((desk, person, reply));
        }
        desk.form = draft.form(&ctx.target.base_path);
    }
}

/// Registers somebody with these properties besides; the answer, whatever it says.
///
/// # Errors
/// The next step; ends as inconclusive when there is no answer.
pub fn register<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    desk: &Desk<'_>,
    label: &str,
    besides: &Map<String, Value>,
) -> Result<(Person, Reply<'t>), Step> {
    let person = Person::new(ctx, label);
    let mut request = desk.with(&person, besides);
    request.creates = Some(Creation {
        by: desk.register.id.clone(),
        remove: removal_template(ctx.catalog, desk.register),
        named: None,
        marker: person.name.clone(),
    });
    let reply = tape.send(request)?;
    Ok((person, reply))
}

/// Logs an account in, unless its registration did already.
///
/// # Errors
/// The next step; ends as inconclusive when there is no answer.
pub fn enter<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    desk: &Desk<'_>,
    person: Person,
    reply: Reply<'t>,
) -> Result<Account<'t>, Step> {
    let (mut entered, mut session) = (None, None);
    if let Some(login) = &desk.login {
        let answer = tape.send(login.fill(&desk.login_values(&person)))?;
        if accepted(answer.answer()) {
            session = self::session(ctx, answer.answer(), &desk.take);
            entered = Some(answer);
        }
    }
    let session = session.or_else(|| self::session(ctx, reply.answer(), &Take::Usual));
    Ok(Account { person, reply, entered, session })
}

/// Whether somebody is let in with that password, and the place of the login on the tape; `None` when
/// people do not log in here.
///
/// # Errors
/// The next step; ends as inconclusive when there is no answer.
pub fn lets_in(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    desk: &Desk<'_>,
    person: &Person,
    password: &str,
) -> Result<Option<(bool, usize)>, Step> {
    let Some(login) = &desk.login else { return Ok(None) };
    let values = with_password(desk.login_values(person), password);
    let answer = tape.send(login.fill(&values))?;
    let let_in = accepted(answer.answer()) && session(ctx, answer.answer(), &desk.take).is_some();
    Ok(Some((let_in, answer.index)))
}

/// The value by which a parameter of that name chooses an account.
pub fn address_of(desk: &Desk<'_>, account: &Account<'_>, parameter: &str) -> Option<String> {
    let key = plain_key(parameter);
    if key.contains("name") || ["login", "user", "handle"].contains(&key.as_str()) {
        return Some(account.person.name.clone());
    }
    if key.contains("mail") {
        return Some(account.person.email.clone());
    }
    // What is written to by that id must be the account's own: a guess could be another's.
    let registered = account.reply.answer();
    let told = match registered.json() {
        Some(json) => own_id(&json, &key),
        None => new_id(registered, parameter, &desk.register.path, None),
    };
    told.or_else(|| account.entered.and_then(|entered| user_id(&entered.answer().json()?)))
}

/// Names by which records of people call themselves, by plain key.
const OWN_IDS: [&str; 9] = [
    "id",
    "uuid",
    "guid",
    "userid",
    "accountid",
    "customerid",
    "memberid",
    "patientid",
    "clientid",
];

/// The id in the answer to a registration, here or in what is around the record.
fn own_id(json: &Value, wanted: &str) -> Option<String> {
    let members = json.as_object()?;
    let names = std::iter::once(wanted).chain(OWN_IDS);
    let mut here = names.filter_map(|name| {
        let (_, value) = members.iter().find(|(key, _)| plain_key(key) == name)?;
        text_of(value)
    });
    here.next().or_else(|| {
        let around = ["user", "account", "profile", "data", "result", "customer", "member"];
        let mut inner = members.iter().filter(|(name, value)| {
            value.is_object() && around.contains(&plain_key(name).as_str())
        });
        inner.find_map(|(_, value)| own_id(value, wanted))
    })
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The id of that name in a person's record, or what it is commonly called.
pub fn id_in(record: &Value, parameter: &str) -> Option<String> {
    let members = record.as_object()?;
    let wanted = plain_key(parameter);
    let names = [wanted.as_str(), "id", "userid", "uuid"];
    names.into_iter().find_map(|name| {
        let (_, value) = members.iter().find(|(key, _)| plain_key(key) == name)?;
        text_of(value)
    })
}

/// The id of the person that a login's answer tells of, which is not that of the session.
fn user_id(json: &Value) -> Option<String> {
    let members = json.as_object()?;
    let under = |keys: &[&str]| {
        let mut found = members.iter().filter(|(name, _)| keys.contains(&plain_key(name).as_str()));
        found.next().map(|(_, value)| value)
    };
    let person = || under(&["user", "account", "profile"]).and_then(|user| own_id(user, "id"));
    let around = || under(&["data", "result", "authentication"]).and_then(user_id);
    under(&["userid", "accountid", "customerid"]).and_then(text_of).or_else(person).or_else(around)
}

impl Account<'_> {
    /// The request, spoken by this account; by nobody when it has no session.
    pub fn speaking(&self, request: Request) -> Request {
        let request = request.by(Who::Nobody);
        match &self.session {
            Some((name, value)) => request.header(name, value.clone()),
            None => request,
        }
    }
}

/// The header that speaks for whoever was answered that, carried as the identities' credentials are.
fn session(ctx: &Context<'_>, answer: &Answer, take: &Take) -> Option<(String, String)> {
    let carrier = ctx.anyone().and_then(|who| ctx.identity(who)).map(|facts| &facts.carrier);
    if let Some(Carrier::Cookie(name)) = carrier {
        let value = credential_place::at(&Take::Cookie(name.clone()), answer)?;
        return Some(("cookie".to_owned(), format!("{name}={value}")));
    }
    let (place, token) = match take {
        Take::Usual => credential_place::usual(answer)?,
        known => (known.clone(), credential_place::at(known, answer)?),
    };
    Some(match (carrier, place) {
        (Some(Carrier::Header { name, prefix }), _) => (name.clone(), format!("{prefix}{token}")),
        (_, Take::Cookie(name)) => ("cookie".to_owned(), format!("{name}={token}")),
        _ => ("authorization".to_owned(), format!("Bearer {token}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_that_may_be_anothers_is_none_of_the_account() {
        assert_eq!(
            own_id(&json!({"message": "ok", "data": {"id": 4}}), "id").as_deref(),
            Some("4")
        );
        assert_eq!(own_id(&json!({"message": "ok", "tenantId": 3}), "id"), None);
        assert_eq!(user_id(&json!({"data": {"id": 7, "token": "t"}})), None);
        assert_eq!(user_id(&json!({"data": {"user": {"id": 7}}})).as_deref(), Some("7"));
    }

    #[test]
    fn what_is_asked_for_besides_stands_where_the_password_is() {
        let mut flat = json!({"name": "ann", "password": "p"});
        assert!(innermost(&mut flat, "p").is_some_and(|members| members.len() == 2));
        let mut below = json!({"user": {"email": "a", "password": "p"}, "locale": "en"});
        assert!(innermost(&mut below, "p").is_some_and(|members| members.contains_key("email")));
        assert!(innermost(&mut json!({"a": 1}), "p").is_none());
    }
}
