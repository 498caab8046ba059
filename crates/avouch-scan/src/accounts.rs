//! Accounts of the scanner's own: registered, logged in, and recognised when somebody reads them.
//!
//! In scope: one account at a time, made through the operation by which strangers register, noted
//! for removal before it is made. Out of scope: the identities a user gave, which are the vault's.

use crate::bodies;
use crate::context::Context;
use crate::objects;
use crate::objects::removal_template;
use crate::oracle::administrative::mark;
use crate::oracle::leaves::plain_key;
use crate::step::{Creation, Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::{Media, Method, Operation, Security};
use avouch_model::schema::Kind;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// Words of a path that say "become a member here".
const REGISTERS: [&str; 8] = [
    "register",
    "registration",
    "registrations",
    "signup",
    "enroll",
    "enrol",
    "createuser",
    "join",
];
/// What is a list of people with passwords.
const PEOPLE: [&str; 6] = ["user", "account", "customer", "member", "person", "client"];
/// Words of a path that say "come in".
const LOGS_IN: [&str; 8] =
    ["login", "signin", "logon", "authenticate", "authentication", "auth", "token", "session"];
/// Words of paths that look like the above and are about something else.
const ASIDE: [&str; 16] = [
    "reset",
    "forgot",
    "verify",
    "verification",
    "confirm",
    "otp",
    "mfa",
    "2fa",
    "refresh",
    "logout",
    "device",
    "webhook",
    "social",
    "revoke",
    "introspect",
    "check",
];
/// Where a token stands in the answer to a login, below which envelopes.
const TOKENS: [&str; 9] = [
    "access_token",
    "accessToken",
    "token",
    "jwt",
    "auth_token",
    "authToken",
    "id_token",
    "sessionToken",
    "key",
];

/// Where strangers become members, and members come in.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// Makes the account.
    pub register: &'a Operation,
    /// Gives a credential for it, if there is such an operation.
    pub login: Option<&'a Operation>,
}

/// What an account is known by.
#[derive(Clone, Debug)]
pub struct Person {
    /// Its name, a word of its own.
    pub name: String,
    /// Its address, at a domain that is nobody's (RFC 2606).
    pub email: String,
    password: String,
    phone: String,
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

/// Where strangers register, with the likeliest login.
pub fn desk<'a>(ctx: &Context<'a>) -> Option<Desk<'a>> {
    let all = &ctx.catalog.operations;
    let register = all.iter().filter(|o| registers(o)).min_by_key(|o| !says(o, &REGISTERS))?;
    Some(Desk { register, login: login(ctx) })
}

/// The operation by which members come in: the one whose last word says so, before others.
pub fn login<'a>(ctx: &Context<'a>) -> Option<&'a Operation> {
    let all = ctx.catalog.operations.iter();
    all.filter(|o| logs_in(o)).min_by_key(|o| {
        let last = last_word(o);
        (LOGS_IN.iter().position(|word| *word == last).unwrap_or(LOGS_IN.len()), o.path.len())
    })
}

/// Whether strangers make themselves an account by this operation.
pub fn registers(operation: &Operation) -> bool {
    if operation.method != Method::Post
        || operation.path.contains('{')
        || mark(operation).is_some()
        || says(operation, &ASIDE)
    {
        return false;
    }
    let Some(media) = taken(operation) else {
        return operation.body.is_empty() && says(operation, &REGISTERS);
    };
    let secret = names(media).iter().any(|name| part_of(name) == Some(Part::Password));
    let people = PEOPLE.contains(&crate::links::singular(&last_word(operation)).as_str());
    let open = !matches!(operation.security, Security::Required(_));
    (secret || names(media).is_empty()) && says(operation, &REGISTERS) || secret && people && open
}

fn logs_in(operation: &Operation) -> bool {
    let speaks = says(operation, &LOGS_IN) && !says(operation, &ASIDE);
    let aside = says(operation, &["password"]) || says(operation, &REGISTERS);
    let secret = operation.body.iter().any(|media| {
        let names = names(media);
        names.is_empty() || names.iter().any(|name| part_of(name) == Some(Part::Password))
    });
    operation.method == Method::Post
        && !operation.path.contains('{')
        && speaks
        && !aside
        && (secret || operation.body.is_empty())
}

fn says(operation: &Operation, list: &[&str]) -> bool {
    let segments = operation.path.split('/').filter(|segment| !segment.is_empty());
    segments.into_iter().any(|segment| {
        let whole = plain_key(segment);
        list.contains(&whole.as_str())
            || segment
                .split(['-', '_', '.'])
                .any(|word| list.contains(&word.to_ascii_lowercase().as_str()))
    })
}

fn last_word(operation: &Operation) -> String {
    plain_key(operation.path.trim_end_matches('/').rsplit('/').next().unwrap_or_default())
}

/// The medium a body is made for: JSON before a form.
fn taken(operation: &Operation) -> Option<&Media> {
    let of = |kind: &str| operation.body.iter().find(|media| media.media_type.contains(kind));
    of("json").or_else(|| of("form"))
}

/// The names a body may have, by its shape or by what is shown.
fn names(media: &Media) -> Vec<String> {
    let shown = media.examples.iter().chain(&media.schema.examples).filter_map(Value::as_object);
    media.schema.properties.keys().chain(shown.flat_map(Map::keys)).cloned().collect()
}

/// What a property of an account's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Name,
    Email,
    Password,
    Phone,
}

fn part_of(name: &str) -> Option<Part> {
    let key = plain_key(name);
    let has = |words: &[&str]| words.iter().any(|word| key.contains(word));
    if has(&["question", "answer", "hint"]) {
        None
    } else if has(&["password", "passwd", "passphrase", "pwd"]) || key == "pass" {
        Some(Part::Password)
    } else if key.ends_with("mail") || key.ends_with("emailaddress") {
        Some(Part::Email)
    } else if has(&["phone", "mobile"]) || key == "number" {
        Some(Part::Phone)
    } else if has(&["username", "loginname", "nickname", "handle"])
        || ["login", "user", "nick", "name", "account", "userid", "identifier"]
            .contains(&key.as_str())
    {
        Some(Part::Name)
    } else {
        None
    }
}

impl Person {
    /// Somebody of that label, who is nobody else.
    pub fn new(ctx: &Context<'_>, label: &str) -> Self {
        let name = ctx.nonces.word(&format!("name of {label}"), 12);
        let hex = ctx.nonces.hex(&format!("password of {label}"), 10);
        let phone = ctx.nonces.number(&format!("phone of {label}"), 2_010_000_000, 9_890_000_000);
        Self {
            email: format!("{name}@example.com"),
            name,
            password: format!("Kw7!{hex}Zq"),
            phone: phone.to_string(),
        }
    }

    fn value(&self, part: Part) -> &str {
        match part {
            Part::Name => &self.name,
            Part::Email => &self.email,
            Part::Password => &self.password,
            Part::Phone => &self.phone,
        }
    }

    /// Values by which answers may name it: its own, and what capture made of them in the request.
    pub fn known_as(&self, sent: &Reply<'_>) -> Vec<String> {
        let body = sent.exchange.request.body.as_deref().unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let captured = body.as_object().into_iter().flatten().filter_map(|(name, value)| {
            let telling = matches!(part_of(name), Some(Part::Name | Part::Email));
            value.as_str().filter(|_| telling).map(str::to_owned)
        });
        [self.name.clone(), self.email.clone()].into_iter().chain(captured).collect()
    }

    /// A body that says who it is, where the medium has room for it.
    fn body(&self, media: Option<&Media>, salt: u64, registering: Option<&Media>) -> Value {
        let known = media.filter(|media| !names(media).is_empty());
        let Some(media) = known else {
            return json!({"username": self.name, "email": self.email, "password": self.password});
        };
        let mut body = bodies::body_for(media, salt).unwrap_or_else(|| json!({}));
        let Some(members) = body.as_object_mut() else { return body };
        // An account registered by its address alone logs in by its address, whatever that is called.
        let by_name = registering.is_none_or(|media| {
            names(media).is_empty() || names(media).iter().any(|n| part_of(n) == Some(Part::Name))
        });
        for name in names(media) {
            let Some(part) = part_of(&name) else { continue };
            let part = if part == Part::Name && !by_name { Part::Email } else { part };
            let shape = media.schema.properties.get(&name);
            let fits = shape.is_none_or(|schema| schema.allowed.is_empty() && !schema.read_only);
            let numeric = shape.is_some_and(|schema| !schema.may_be(Kind::String));
            if fits && numeric {
                members.insert(name, json!(self.value(part).parse::<u64>().unwrap_or(salt)));
            } else if fits {
                members.insert(name, json!(self.value(part)));
            }
        }
        body
    }
}

/// Registers somebody with these properties besides; the answer, whatever it says.
///
/// # Errors
/// The next step; ends as inconclusive when there is no answer.
pub fn register<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    desk: Desk<'_>,
    label: &str,
    besides: &Map<String, Value>,
) -> Result<(Person, Reply<'t>), Step> {
    let person = Person::new(ctx, label);
    let salt = ctx.nonces.number(label, 1, u64::from(u32::MAX));
    let media = taken(desk.register);
    let mut body = person.body(media, salt, None);
    if let Some(members) = body.as_object_mut() {
        members.extend(besides.clone());
    }
    let mut request = written(ctx, desk.register, media, &body);
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
    desk: Desk<'_>,
    person: Person,
    reply: Reply<'t>,
) -> Result<Account<'t>, Step> {
    let (mut entered, mut session) = (None, session(ctx, reply.answer()));
    if let Some(login) = desk.login {
        let media = taken(login);
        let body = person.body(media, 1, taken(desk.register));
        let answer = tape.send(written(ctx, login, media, &body))?;
        if objects::accepted(answer.answer()) {
            session = self::session(ctx, answer.answer()).or(session);
            entered = Some(answer);
        }
    }
    Ok(Account { person, reply, entered, session })
}

fn written(
    ctx: &Context<'_>,
    operation: &Operation,
    media: Option<&Media>,
    body: &Value,
) -> Request {
    let request = Request::new(operation.method.clone(), ctx.path(&operation.path));
    if media.is_none_or(|media| media.media_type.contains("json")) {
        return request.json(body);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = body.as_object().into_iter().flatten().map(|(name, value)| {
        let value = text(value);
        let [name, value] =
            [name.as_str(), &value].map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC));
        format!("{name}={value}")
    });
    let form: Vec<String> = pairs.collect();
    let mut request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body = Some(form.join("&"));
    request
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
fn session(ctx: &Context<'_>, answer: &Answer) -> Option<(String, String)> {
    let carrier = ctx.anyone().and_then(|who| ctx.identity(who)).map(|facts| &facts.carrier);
    if let Some(Carrier::Cookie(name)) = carrier {
        let value = answer.headers.all("set-cookie").find_map(|cookie| {
            let (key, value) = cookie.split(';').next()?.split_once('=')?;
            (key.trim() == name).then(|| value.trim().to_owned())
        })?;
        return Some(("cookie".to_owned(), format!("{name}={value}")));
    }
    let token = token(&answer.json()?)?;
    Some(match carrier {
        Some(Carrier::Header { name, prefix }) => (name.clone(), format!("{prefix}{token}")),
        _ => ("authorization".to_owned(), format!("Bearer {token}")),
    })
}

fn token(json: &Value) -> Option<String> {
    let at =
        |value: &Value| TOKENS.iter().find_map(|name| value.get(name)?.as_str().map(str::to_owned));
    let inner = json.as_object().into_iter().flat_map(Map::values);
    at(json).or_else(|| inner.into_iter().find_map(at)).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_strangers_register_is_told_by_path_and_password() {
        let at = |path: &str| registers(&Operation::discovered(Method::Post, path));
        assert!(at("/users/v1/register"));
        assert!(at("/identity/api/auth/signup"));
        assert!(!at("/auth/register/verify"));
        assert!(!at("/admin/register"));
        assert!(!at("/users"));
        assert!(!at("/devices/{id}/register"));
    }

    #[test]
    fn what_a_property_of_an_account_is_is_told_by_its_name() {
        assert_eq!(part_of("user_name"), Some(Part::Name));
        assert_eq!(part_of("passwordRepeat"), Some(Part::Password));
        assert_eq!(part_of("email"), Some(Part::Email));
        assert_eq!(part_of("securityAnswer"), None);
        assert_eq!(part_of("role"), None);
    }

    #[test]
    fn a_token_is_found_below_an_envelope() {
        assert_eq!(token(&json!({"auth_token": "x"})).as_deref(), Some("x"));
        assert_eq!(token(&json!({"authentication": {"token": "y"}})).as_deref(), Some("y"));
        assert_eq!(token(&json!({"status": "ok"})), None);
    }
}
