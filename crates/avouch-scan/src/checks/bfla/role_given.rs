//! BFLA-11: an ordinary account gives itself a role through the function that gives roles.

use crate::accounts::{self, Account, Desk};
use crate::bodies;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::checks::prop::wishes::{Sight, administrator, closed_doors, look};
use crate::context::Context;
use crate::danger::words;
use crate::identity::doors;
use crate::objects::accepted;
use crate::oracle::caller::names_the_caller;
use crate::oracle::guarded::turns_away;
use crate::oracle::leaves::plain_key;
use crate::oracle::refusal::refuses;
use crate::oracle::rights::{decides, is_high, seen_by};
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Map, Value, json};

/// BFLA-11
pub(super) const CHECK: Check = Check {
    id: "BFLA-11",
    name: "role-given-by-anyone",
    title: "Whoever has an account may call the function that gives roles",
    family: Family::Bfla,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Contrast, Oracle::Canary, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(269),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("role_given.md"),
    applies,
    run,
};

/// LIMIT: roles that are asked for, one after the other.
const ROLES_MAX: usize = 4;
/// Words of a path's last part that say that rights are given there.
const GIVING: [&str; 12] = [
    "role",
    "roles",
    "promote",
    "elevate",
    "grant",
    "permission",
    "permissions",
    "privilege",
    "privileges",
    "admin",
    "administrator",
    "rights",
];
/// Such words that are acts and need no body.
const ACTS: [&str; 5] = ["promote", "elevate", "grant", "admin", "administrator"];
/// Names in a body that choose a person, by plain key.
const PERSON_KEYS: [&str; 8] =
    ["username", "userid", "user", "id", "uid", "email", "accountid", "memberid"];

/// The words of a path's last fixed part.
fn last_words(operation: &Operation) -> Vec<String> {
    let fixed = operation.path.rsplit('/').find(|part| !part.is_empty() && !part.starts_with('{'));
    words(fixed.unwrap_or_default())
}

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        let writes = matches!(operation.method, Method::Put | Method::Patch | Method::Post);
        let gives = last_words(operation).iter().any(|word| GIVING.contains(&word.as_str()));
        writes
            && gives
            && operation.graph.is_none()
            && operation.path_parameters().count() <= 1
            && names_somebody(operation)
            && accounts::desk(ctx).is_some_and(|desk| desk.register.id != operation.id)
    })
}

/// Whether it says whose role is meant: `/users/{id}/role`, a `username` in the body, one's own.
fn names_somebody(operation: &Operation) -> bool {
    if operation.path_parameters().next().is_some() {
        return doors::is_about_people(&operation.path) && !operation.path.ends_with('}');
    }
    let described = media(operation).map(|media| &media.schema.properties);
    let keys = || described.into_iter().flat_map(|properties| properties.keys());
    let by_body = keys().any(|name| PERSON_KEYS.contains(&plain_key(name).as_str()));
    names_the_caller(&operation.path)
        || doors::is_about_people(&operation.path) && (by_body || keys().next().is_none())
}

fn media(operation: &Operation) -> Option<&Media> {
    operation.body.iter().find(|media| media.media_type.contains("json"))
}

/// An ordinary account, and what it is shown as.
struct Climber<'a, 't> {
    operation: &'a Operation,
    desk: Desk<'a>,
    account: Account<'t>,
    natural: Vec<Sight>,
    /// The right that says what it is.
    name: String,
    before: Value,
    /// A read of administrators that turned it away.
    door: Option<Request>,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let climber = climber(ctx, tape)?;
    let mut said = Vec::new();
    for role in roles(ctx, climber.operation, &climber.name, &climber.before) {
        let request = climber.asking(ctx, &role);
        let request = request
            .ok_or_else(|| Step::inconclusive("how the new account is called is not told"))?;
        let sent = tape.send(climber.account.speaking(request))?;
        said.push(sent.status);
        if !matches!(sent.status, 401 | 403 | 404 | 405)
            && let Some(proof) = climber.risen(ctx, tape, &role, &sent)?
        {
            return Ok(Verdict::fail(proof));
        }
    }
    Ok(if said.is_empty() {
        Verdict::inconclusive("no role is known that could be asked for")
    } else if said.iter().all(|status| matches!(status, 401 | 403)) {
        Verdict::Pass
    } else {
        let said: Vec<String> = said.iter().map(u16::to_string).collect();
        Verdict::inconclusive(format!("no role was given, and none refused: {}", said.join(", ")))
    })
}

fn climber<'a, 't>(ctx: &Context<'a>, tape: &mut Tape<'t>) -> Result<Climber<'a, 't>, Step> {
    let operation = ctx.operation()?;
    let desk = accounts::desk(ctx).ok_or(Step::Done(Verdict::NotApplicable))?;
    let (desk, person, reply) = accounts::open(ctx, tape, desk, "climber")?;
    if !accepted(reply.answer()) {
        return Err(Step::inconclusive(format!("a registration was answered {}", reply.status)));
    }
    let account = accounts::enter(ctx, tape, &desk, person, reply)?;
    if account.session.is_none() {
        return Err(Step::inconclusive("the account that was registered has no session"));
    }
    let natural = look(ctx, tape, &desk, &account, None)?;
    let Some((name, before)) = right(&natural) else {
        return Err(Step::inconclusive("nothing shows which role an account has"));
    };
    if is_great(&before) {
        return Err(Step::inconclusive("whoever registers has the highest role already"));
    }
    let door = closed_door(ctx, tape, &account)?;
    Ok(Climber { operation, desk, account, natural, name, before, door })
}

impl Climber<'_, '_> {
    /// Whether it is shown with another role after it asked, and the proof of that.
    fn risen(
        &self,
        ctx: &Context<'_>,
        tape: &mut Tape<'_>,
        role: &Value,
        sent: &Reply<'_>,
    ) -> Result<Option<Proof>, Step> {
        let (name, before) = (&self.name, &self.before);
        let shown = look(ctx, tape, &self.desk, &self.account, Some(&self.natural))?;
        let now = shown.iter().find_map(|sight| Some((sight, sight.rights.get(name)?)));
        let Some((sight, now)) = now.filter(|(_, now)| *now != before) else { return Ok(None) };
        let let_in = passes(tape, &self.account, self.door.as_ref())?;
        let back = self.asking(ctx, before).filter(|request| request.body.is_some());
        let restored = back.map(|back| tape.send(self.account.speaking(back))).transpose()?;
        let great = is_great(now) || is_highs(ctx, name, now) || let_in.is_some();
        let (severity, confidence) = if great {
            (Severity::Critical, Confidence::Confirmed)
        } else {
            (Severity::High, Confidence::Firm)
        };
        let id = &self.operation.id;
        let summary = format!("an ordinary account set its own `{name}` with {id}");
        let mut proof = Proof::new(severity, confidence, summary)
            .about(name.clone())
            .because(format!("an account that was registered for this has `{name}` {before}"))
            .because(format!("it asked for {role} for itself and was answered {}", sent.status))
            .because(format!("`{}` then shows `{name}` {now}", sight.place));
        if let (Some(_), Some(door)) = (let_in, &self.door) {
            let place = door.path();
            proof = proof.because(format!("`{place}` turned it away before and lets it in now"));
        }
        let indices = [Some(sent.index), Some(sight.index), let_in, restored.map(|r| r.index)];
        Ok(Some(proof.shown_by(indices.into_iter().flatten())))
    }

    /// The value by which a parameter or property of that name chooses the account.
    fn address(&self, parameter: &str) -> Option<String> {
        let told = accounts::address_of(&self.desk, &self.account, parameter);
        let mut records = self.natural.iter().map(|sight| &sight.record);
        told.or_else(|| records.find_map(|record| accounts::id_in(record, parameter)))
    }

    /// The request that gives the account that role.
    fn asking(&self, ctx: &Context<'_>, role: &Value) -> Option<Request> {
        let operation = self.operation;
        let mut path = operation.path.clone();
        if let Some(parameter) = operation.path_parameters().next() {
            path = path.replace(&format!("{{{parameter}}}"), &self.address(parameter)?);
        }
        let described = media(operation).and_then(|media| bodies::body_for(media, 1));
        let mut body = described.and_then(|body| body.as_object().cloned()).unwrap_or_default();
        let guessed = body.is_empty();
        let mut people: Vec<String> = body.keys().cloned().collect();
        people.retain(|name| PERSON_KEYS.contains(&plain_key(name).as_str()));
        if guessed && operation.path_parameters().next().is_none() {
            people.push("username".to_owned());
        }
        for key in people {
            let address = self.address(&key)?;
            let value = match (body.get(&key), address.parse::<u64>()) {
                (Some(Value::Number(_)), Ok(number)) => json!(number),
                _ => json!(address),
            };
            body.insert(key, value);
        }
        fill(&mut body, &self.name, role);
        let request = Request::new(operation.method.clone(), ctx.path(&path));
        let act = last_words(operation).iter().any(|word| ACTS.contains(&word.as_str()));
        Some(if guessed && act && operation.body.is_empty() {
            request
        } else {
            request.json(&Value::Object(body))
        })
    }
}

/// The right that says what an account is, and its value.
fn right(natural: &[Sight]) -> Option<(String, Value)> {
    let rights = natural.iter().flat_map(|sight| &sight.rights);
    let mut found = rights.filter(|(name, value)| {
        decides(name) == Some(Severity::Critical)
            && (value.is_boolean() || value.is_string() || value.is_array())
    });
    found.next().map(|(name, value)| (name.clone(), value.clone()))
}

fn is_great(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::String(text) => is_high(text),
        Value::Array(items) => items.iter().any(is_great),
        _ => false,
    }
}

/// Whether the higher role's own answers show that value under that name.
fn is_highs(ctx: &Context<'_>, name: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    !text.is_empty() && seen_by(ctx, Who::High, name, true).iter().any(|seen| seen == text)
}

/// Roles to ask for, the highest first: what is described, what the higher role has, what others
/// were seen to have, what it is commonly called.
fn roles(ctx: &Context<'_>, operation: &Operation, name: &str, before: &Value) -> Vec<Value> {
    if before.is_boolean() {
        return vec![json!(true)];
    }
    let listed = before.is_array();
    let current = before.as_str().or_else(|| before.get(0)?.as_str()).unwrap_or_default();
    let schema = media(operation).and_then(|media| {
        media.schema.properties.iter().find(|(n, _)| decides(n).is_some()).map(|(_, s)| s)
    });
    let described = schema.map(|schema| schema.allowed.clone()).unwrap_or_default();
    let mut found: Vec<String> =
        described.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if found.is_empty() {
        found.extend(seen_by(ctx, Who::High, name, true));
        for who in [Who::High, Who::A, Who::Nobody] {
            found.extend(seen_by(ctx, who, name, false));
        }
        found.push(administrator(current));
    }
    let mut unique: Vec<String> = Vec::new();
    for role in found {
        if role != current && !role.is_empty() && !unique.contains(&role) {
            unique.push(role);
        }
    }
    unique.sort_by_key(|role| !is_high(role));
    unique.truncate(ROLES_MAX);
    unique.into_iter().map(|role| if listed { json!([role]) } else { json!(role) }).collect()
}

/// Puts the role where the body has one, else under the name that records have for it.
fn fill(body: &mut Map<String, Value>, name: &str, role: &Value) {
    let there = body.keys().find(|key| {
        decides(key).is_some() || ["newrole", "roleid", "value"].contains(&plain_key(key).as_str())
    });
    let key = there.cloned().unwrap_or_else(|| name.to_owned());
    let one = role.get(0).filter(|_| !body.get(&key).is_some_and(Value::is_array));
    let value = one.cloned().unwrap_or_else(|| role.clone());
    body.insert(key, value);
}

/// A read of administrators that the account is turned away from.
fn closed_door(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    account: &Account<'_>,
) -> Result<Option<Request>, Step> {
    for door in closed_doors(ctx) {
        let reply = tape.send(account.speaking(door.clone()))?;
        if reply.status == 403 && turns_away(reply.answer()) {
            return Ok(Some(door));
        }
    }
    Ok(None)
}

/// Whether the account is let in there now.
fn passes(
    tape: &mut Tape<'_>,
    account: &Account<'_>,
    door: Option<&Request>,
) -> Result<Option<usize>, Step> {
    let Some(door) = door else { return Ok(None) };
    let reply = tape.send(account.speaking(door.clone()))?;
    Ok((!refuses(reply.answer())).then_some(reply.index))
}
