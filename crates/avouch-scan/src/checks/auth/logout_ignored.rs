//! AUTH-11: a session goes on after its owner logged out.

use super::spare::{self, Spare};
use crate::bodies;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::identity::doors;
use crate::identity::spec::Take;
use crate::objects::accepted;
use crate::oracle::guarded::guarded_operations;
use crate::oracle::leaves::plain_key;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::oracle::triad::uncached;
use crate::step::{Credential, Request};
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::Operation;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// AUTH-11
pub(super) const CHECK: Check = Check {
    id: "AUTH-11",
    name: "session-outlives-logout",
    title: "A session goes on after its owner logged out",
    family: Family::Auth,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::Replicate],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(613),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "CC6.2"],
    page: include_str!("logout_ignored.md"),
    applies: |ctx| !doors::logouts(ctx.catalog).is_empty(),
    run,
};

/// LIMIT: reads that are tried to see whether the session lives.
const READS_MAX: usize = 4;
/// What a target gets to spread the news, in milliseconds.
const SETTLE_MS: u32 = 5_000;
/// A token that lives no longer than this is often left to die, in seconds.
const SHORT_SECONDS: i64 = 15 * 60;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let logouts = doors::logouts(ctx.catalog);
    let Some(logout) = logouts.first() else { return Ok(Verdict::NotApplicable) };
    let reads = reads(ctx);
    if reads.is_empty() {
        return Ok(Verdict::inconclusive("no operation was seen that refuses nobody"));
    }
    let spare = spare::account(ctx, tape, "leaving")?;
    let entered = tape.send(spare.right())?;
    let Some(credential) = spare.credential(entered.answer()) else {
        let because = format!("a fresh login was answered {} and no credential", entered.status);
        return Ok(Verdict::inconclusive(because));
    };
    if is_the_scans(&credential) {
        let because = "each login gives the same session, and the scan itself uses it";
        return Ok(Verdict::inconclusive(because));
    }
    let session = Session { carrier: carrier(ctx, &spare), credential };
    let mut before = None;
    for sample in reads {
        let request = session.speaking(uncached(sample.request.clone()));
        let reply = tape.send(request.clone())?;
        if !refuses(reply.answer()) {
            before = Some((sample, request, reply));
            break;
        }
    }
    let Some((sample, request, before)) = before else {
        return Ok(Verdict::inconclusive("the fresh session is refused where others are not"));
    };
    let left = tape.send(leaving(ctx, logout, &session, entered.answer()))?;
    if !accepted(left.answer()) && !matches!(left.status, 302 | 303) {
        let because = format!("the logout was answered {}", left.status);
        return Ok(Verdict::inconclusive(because));
    }
    let lives = |answer: &Answer| !refuses(answer) && same_shape(before.answer(), answer);
    let mut after = None;
    for _ in 0..2 {
        tape.pause(SETTLE_MS)?;
        let reply = tape.send(request.clone())?;
        if !lives(reply.answer()) {
            return Ok(Verdict::Pass);
        }
        after = Some(reply);
    }
    let none = tape.send(uncached(sample.request.clone().with(Credential::None)))?;
    if !refuses(none.answer()) {
        return Ok(Verdict::inconclusive("nobody is answered too, by now"));
    }
    let after = after.map_or(before.index, |reply| reply.index);
    Ok(Verdict::fail(
        Proof::new(severity(ctx), Confidence::Confirmed, "a session is accepted after its logout")
            .because(format!("{} with it, before: {}", request.path(), before.status))
            .because(format!("{}: {}", logout.id, left.status))
            .because("the same read with it 5 and 10 seconds later: the same kind of content")
            .because(format!("without any credential: {}", none.status))
            .at(logout.id.clone())
            .shown_by([after, left.index, none.index, before.index, entered.index]),
    ))
}

/// Guarded reads that anybody with an account can make, those about the caller first.
fn reads<'a>(ctx: &Context<'a>) -> Vec<&'a Sample> {
    let who = ctx.anyone().unwrap_or(Who::A);
    let mut all = guarded_operations(ctx, who, usize::MAX);
    all.retain(|sample| sample.bindings.is_empty());
    all.sort_by_key(|sample| !crate::oracle::caller::names_the_caller(sample.request.path()));
    all.truncate(READS_MAX);
    all
}

/// A credential of the check's own.
struct Session {
    carrier: Carrier,
    credential: String,
}

fn carrier(ctx: &Context<'_>, spare: &Spare) -> Carrier {
    if let Take::Cookie(name) = &spare.take {
        return Carrier::Cookie(name.clone());
    }
    let facts = ctx.identity(spare.of.unwrap_or(Who::A)).or_else(|| ctx.identities.first());
    facts.map_or_else(
        || Carrier::Header { name: "authorization".to_owned(), prefix: "Bearer ".to_owned() },
        |facts| facts.carrier.clone(),
    )
}

impl Session {
    fn speaking(&self, request: Request) -> Request {
        let request = request.with(Credential::None);
        match &self.carrier {
            Carrier::Header { name, prefix } => {
                request.header(name, format!("{prefix}{}", self.credential))
            }
            Carrier::Cookie(name) => {
                request.header("cookie", format!("{name}={}", self.credential))
            }
            Carrier::Query(name) => {
                let joint = if request.target.contains('?') { '&' } else { '?' };
                let target = format!("{}{joint}{name}={}", request.target, self.credential);
                request.target(target)
            }
        }
    }
}

/// Whether capture knew the credential as one the scan speaks with.
fn is_the_scans(credential: &str) -> bool {
    Placeholder::parse(credential).is_some_and(|known| known.class == DataClass::OwnCredential)
}

/// The logout, with the tokens in its body that it asks for.
fn leaving(ctx: &Context<'_>, logout: &Operation, session: &Session, entered: &Answer) -> Request {
    let request = Request::new(logout.method.clone(), ctx.path(&logout.path));
    let media = logout.body.iter().find(|media| media.media_type.contains("json"));
    let Some(mut body) = media.and_then(|media| bodies::body_for(media, 1)) else {
        return session.speaking(request);
    };
    let answered = entered.json().unwrap_or_default();
    for (name, value) in body.as_object_mut().into_iter().flatten() {
        let key = plain_key(name);
        if key.contains("refresh") {
            if let Some(token) = refresh_token(&answered) {
                *value = Value::String(token);
            }
        } else if key.ends_with("token") {
            *value = Value::String(session.credential.clone());
        }
    }
    session.speaking(request.json(&body))
}

fn refresh_token(json: &Value) -> Option<String> {
    let members = json.as_object()?;
    let here = members
        .iter()
        .find(|(name, value)| plain_key(name).contains("refresh") && value.is_string());
    let here = here.and_then(|(_, value)| value.as_str()).map(str::to_owned);
    here.or_else(|| members.values().find_map(refresh_token))
}

/// Where tokens live for minutes, letting them die is a choice one can defend.
fn severity(ctx: &Context<'_>) -> Severity {
    let token = ctx.identities.iter().find_map(|facts| facts.token.as_ref());
    let short = token
        .and_then(|token| Some(token.expires_at? - token.issued_at?))
        .is_some_and(|seconds| seconds <= SHORT_SECONDS);
    if short { Severity::Low } else { Severity::Medium }
}
