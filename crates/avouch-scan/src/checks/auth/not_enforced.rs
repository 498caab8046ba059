//! AUTH-01: the description asks for a credential, the server does not.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::guarded::{nobody_is_refused, turns_away};
use crate::oracle::refusal::refuses;
use crate::oracle::triad::{from_a_cache, got_the_same, uncached};
use crate::step::Credential;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Security;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-01
pub(super) const CHECK: Check = Check {
    id: "AUTH-01",
    name: "declared-auth-not-enforced",
    title: "An operation that declares authentication answers without it",
    family: Family::Auth,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet, Oracle::Declaration],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(306),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("not_enforced.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.is_read() && matches!(operation.security, Security::Required(_))
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let sample = ctx.baseline(who)?;
    let accepted = sample.success().is_some_and(|answer| !refuses(answer));
    let none = ctx.samples(Who::Nobody);
    let turned_away = none.iter().filter_map(|sample| sample.answer()).any(turns_away);
    if nobody_is_refused(ctx, sample) == Some(true) && (accepted || turned_away) {
        // Both were read while the corpus was taken: nothing is left to ask.
        return Ok(Verdict::Pass);
    }
    let valid = tape.send(uncached(sample.request.clone().by(who)))?;
    if refuses(valid.answer()) {
        let because = format!("no valid success: {who} was answered {}", valid.status);
        return Ok(Verdict::inconclusive(because));
    }
    let none = tape.send(uncached(sample.request.clone().with(Credential::None)))?;
    if !got_the_same(ctx, &valid, &none, &ctx.volatile()) {
        return Ok(Verdict::Pass);
    }
    if from_a_cache(none.answer()) {
        return Ok(Verdict::inconclusive("a cache answered in the target's place"));
    }
    let summary = format!("nobody got the answer that {who} got, without a credential");
    Ok(Verdict::fail(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!("with {who}'s credential: {}", valid.status))
            .because(format!("without any: {} and the same content", none.status))
            .because("the description requires a credential here and offers no exception")
            .shown_by([none.index, valid.index]),
    ))
}
