//! AUTH-02: a credential must be there, what it says is never looked at.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::guarded::{nobody_is_refused, substantive, turns_away};
use crate::oracle::refusal::refuses;
use crate::oracle::triad::{from_a_cache, got_the_same, uncached};
use crate::step::Credential;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Security;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-02
pub(super) const CHECK: Check = Check {
    id: "AUTH-02",
    name: "any-credential-accepted",
    title: "Any credential is accepted, whatever it says",
    family: Family::Auth,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(287),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("presence_only.md"),
    applies,
    run,
};

/// Where nobody is refused. Where nobody is answered there is no guard that garbage could pass.
fn applies(ctx: &Context<'_>) -> bool {
    let Some(operation) = ctx.operation else { return false };
    if !operation.is_read() || operation.security == Security::Open {
        return false;
    }
    let read = ctx.anyone().and_then(|who| substantive(ctx, operation, who));
    read.is_none_or(|sample| nobody_is_refused(ctx, sample) != Some(false))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let operation = ctx.operation()?;
    let whole = substantive(ctx, operation, who);
    let sample = whole.map_or_else(|| ctx.baseline(who), Ok)?;
    let request = uncached(sample.request.clone());
    let garbage = |salt| Credential::Garbage { like: who, salt };
    let first = tape.send(request.clone().with(garbage(0)))?;
    if turns_away(first.answer()) {
        return Ok(Verdict::Pass);
    }
    if whole.is_none() {
        let because = format!("what {who} gets here is too little to be recognised");
        return Ok(Verdict::inconclusive(because));
    }
    if refuses(first.answer()) || ctx.target.not_found.is_not_found(first.answer()) {
        return Ok(Verdict::Pass);
    }
    let moving = ctx.volatile();
    let valid = tape.send(request.clone().by(who))?;
    if refuses(valid.answer()) {
        let because = format!("no valid success: {who} was answered {}", valid.status);
        return Ok(Verdict::inconclusive(because));
    }
    if !got_the_same(ctx, &valid, &first, &moving) {
        return Ok(Verdict::Pass);
    }
    let none = tape.send(request.clone().with(Credential::None))?;
    if got_the_same(ctx, &valid, &none, &moving) {
        return Ok(match nobody_is_refused(ctx, sample) {
            Some(true) => Verdict::inconclusive("nobody was refused at first and is answered now"),
            _ => Verdict::NotApplicable,
        });
    }
    let second = tape.send(request.with(garbage(1)))?;
    if !got_the_same(ctx, &valid, &second, &moving) {
        return Ok(Verdict::inconclusive("one made-up credential was accepted, another was not"));
    }
    if [first, second].iter().any(|reply| from_a_cache(reply.answer())) {
        return Ok(Verdict::inconclusive("a cache answered in the target's place"));
    }
    let summary = format!("a made-up credential got the answer that {who} got");
    Ok(Verdict::fail(
        Proof::new(Severity::Critical, Confidence::Confirmed, summary)
            .because(format!("with {who}'s credential: {}", valid.status))
            .because(format!("without any: {}, nothing of it", none.status))
            .because("two made-up credentials of the same form got the same content")
            .shown_by([second.index, none.index, valid.index]),
    ))
}
