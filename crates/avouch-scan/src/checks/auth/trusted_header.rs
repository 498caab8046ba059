//! AUTH-05: a header that only a proxy should set is believed from anybody.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::guarded_or_unknown;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::oracle::triad::{from_a_cache, got_the_same, uncached};
use crate::step::{Credential, Request};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-05
pub(super) const CHECK: Check = Check {
    id: "AUTH-05",
    name: "proxy-header-believed",
    title: "A header that only a proxy may set opens the door",
    family: Family::Auth,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(290),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "CC6.6"],
    page: include_str!("trusted_header.md"),
    applies: |ctx| ctx.catalog.operations.iter().any(|o| o.method == Method::Get),
    run,
};

/// LIMIT: operations that are tried, one from each part of the API.
const OPERATIONS_MAX: usize = 6;
/// LIMIT: names of the identity that are tried as the caller.
const NAMES_MAX: usize = 2;

/// Headers that say where a request comes from.
const FROM: [&str; 9] = [
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "X-Originating-IP",
    "X-Remote-IP",
    "X-Remote-Addr",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Cluster-Client-IP",
];
/// Headers that say who has been let in already.
const CALLER: [&str; 14] = [
    "X-User-Id",
    "X-User",
    "X-Username",
    "X-Remote-User",
    "Remote-User",
    "X-Forwarded-User",
    "X-Auth-User",
    "X-Auth-Request-User",
    "X-Authenticated-User",
    "X-Authenticated-Userid",
    "X-Consumer-Username",
    "X-Forwarded-Email",
    "X-User-Email",
    "X-WebAuth-User",
];

/// A group of headers that say the same.
struct Claim<'a> {
    names: &'static [&'static str],
    value: &'a str,
    what: &'static str,
}

fn claims<'a>(ctx: &Context<'a>, who: Who) -> Vec<Claim<'a>> {
    let mut claims =
        vec![Claim { names: &FROM, value: "127.0.0.1", what: "this machine's address" }];
    let own = ctx.identity(who).map(|facts| facts.own_values.as_slice()).unwrap_or_default();
    let named = own.iter().filter(|value| !value.is_empty() && value.len() <= 256);
    let named = named.take(NAMES_MAX).map(|value| (value.as_str(), "the caller's own name"));
    let usual = own.is_empty().then_some(("admin", "a usual name"));
    claims.extend(named.chain(usual).map(|(value, what)| Claim { names: &CALLER, value, what }));
    claims
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let guarded = guarded_or_unknown(ctx, who, OPERATIONS_MAX)?;
    let mut unanswered = false;
    for sample in guarded {
        for claim in claims(ctx, who) {
            let all = claim
                .names
                .iter()
                .fold(bare(&sample.request), |request, name| request.header(name, claim.value));
            let tried = tape.send_any(all)?;
            match tried.reply() {
                None => unanswered = true,
                Some(reply) if is_nothing(ctx, reply.answer()) => (),
                Some(_) => return judge(ctx, tape, sample, who, &claim),
            }
        }
    }
    Ok(if unanswered {
        Verdict::inconclusive("requests with the headers of a proxy were not answered")
    } else {
        Verdict::Pass
    })
}

/// All of them together got something: which one, and is it the header?
fn judge(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    sample: &Sample,
    who: Who,
    claim: &Claim<'_>,
) -> Flow {
    let valid = tape.send(uncached(sample.request.clone().by(who)))?;
    if refuses(valid.answer()) {
        let because = format!("no valid success: {who} was answered {}", valid.status);
        return Ok(Verdict::inconclusive(because));
    }
    let plain = tape.send(bare(&sample.request))?;
    if !is_nothing(ctx, plain.answer()) {
        return Ok(Verdict::inconclusive("nobody is answered without the headers too, by now"));
    }
    for name in claim.names {
        let with = bare(&sample.request).header(name, claim.value);
        let first = tape.send(with.clone())?;
        if !is_like(ctx, sample, &valid, &first) {
            continue;
        }
        let unknown = format!("X-{}", ctx.nonces.word("header", 10));
        let control = tape.send(bare(&sample.request).header(&unknown, claim.value))?;
        if !is_nothing(ctx, control.answer()) {
            return Ok(Verdict::inconclusive("a header that means nothing opens it as well"));
        }
        let again = tape.send(with)?;
        if !is_like(ctx, sample, &valid, &again) || from_a_cache(again.answer()) {
            return Ok(Verdict::inconclusive("it was answered once with the header and not again"));
        }
        let summary = format!("nobody is let in by the header `{name}` with {}", claim.what);
        return Ok(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .because(format!("with {who}'s credential: {}", valid.status))
                .because(format!("without any: {}", plain.status))
                .because(format!("without any, with `{name}`, twice: {}", again.status))
                .because(format!("with a header that means nothing: {}", control.status))
                .about(format!("header {name}"))
                .caused_by(format!("the header {name} is believed"))
                .at(sample.operation.clone())
                .shown_by([again.index, plain.index, control.index, first.index, valid.index]),
        ));
    }
    Ok(Verdict::inconclusive("many headers together are answered, none of them alone"))
}

/// What the valid caller got, or the same kind of thing of somebody else.
fn is_like(ctx: &Context<'_>, sample: &Sample, valid: &Reply<'_>, other: &Reply<'_>) -> bool {
    let moving = ctx.corpus.volatile(&sample.operation);
    let somebody_else = valid.status == other.status
        && valid.answer().json().is_some()
        && same_shape(valid.answer(), other.answer());
    !is_nothing(ctx, other.answer()) && (got_the_same(ctx, valid, other, &moving) || somebody_else)
}

fn bare(request: &Request) -> Request {
    uncached(request.clone().with(Credential::None))
}

fn is_nothing(ctx: &Context<'_>, answer: &Answer) -> bool {
    refuses(answer) || ctx.target.not_found.is_not_found(answer)
}
