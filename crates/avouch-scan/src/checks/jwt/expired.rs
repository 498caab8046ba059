//! JWT-09: a token whose time is over is accepted.

use super::forging;
use super::misfit;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Credential, Misfit};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::{TokenFacts, Who};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// JWT-09
pub(super) const CHECK: Check = Check {
    id: "JWT-09",
    name: "expired-token-accepted",
    title: "A token whose time is over is accepted",
    family: Family::Jwt,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(613),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("expired.md"),
    applies,
    run,
};

/// Seconds after its end from which a token must be refused: clocks differ, and verifiers allow for
/// it.
const GRACE_SECONDS: i64 = 300;
/// LIMIT: parts of the API on which it is tried.
const TRIALS_MAX: usize = 8;

/// A token without an end cannot be over: JWT-12 says so.
fn applies(ctx: &Context<'_>) -> bool {
    let ends = |token: Option<&TokenFacts>| token.is_some_and(|token| token.expires_at.is_some());
    ctx.identities.iter().any(|facts| ends(facts.expired.as_ref()) || ends(facts.token.as_ref()))
}

/// A token that is over: the one that was given for this, or the identity's own.
struct Old<'a> {
    who: Who,
    credential: Credential,
    token: &'a TokenFacts,
    /// What the identity's own token says, when this is not it.
    own: Option<&'a TokenFacts>,
    ended_at: i64,
}

fn old<'a>(ctx: &Context<'a>) -> Option<Old<'a>> {
    let given = ctx.identities.iter().find_map(|facts| {
        let token = facts.expired.as_ref()?;
        let who = facts.who;
        let credential = Credential::Kept { of: who, why: Misfit::Expired };
        let ended_at = token.expires_at?;
        Some(Old { who, credential, token, own: facts.token.as_ref(), ended_at })
    });
    let long_ago = ctx.now.as_second().saturating_sub(GRACE_SECONDS);
    given.or_else(|| {
        ctx.identities.iter().find_map(|facts| {
            let token = facts.token.as_ref()?;
            let ended_at = token.expires_at.filter(|end| *end < long_ago)?;
            let credential = Credential::Of(facts.who);
            Some(Old { who: facts.who, credential, token, own: None, ended_at })
        })
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(old) = old(ctx) else {
        let because = "needs a token whose time is over: give one as `expired` of an identity";
        return Ok(Verdict::inconclusive(because));
    };
    for trial in forging::trials_of(ctx, old.who, old.token)?.iter().take(TRIALS_MAX) {
        let Some(accepted) = misfit::accepted(ctx, tape, trial, &old.credential)? else { continue };
        let over = server_time(ctx, accepted.misfit.answer()).saturating_sub(old.ended_at);
        if over < GRACE_SECONDS {
            let because = format!("the token is over for {over} seconds only: clocks may differ");
            return Ok(Verdict::inconclusive(because));
        }
        let (none, worthless) = misfit::worthless_is_refused(ctx, tape, trial, &accepted)?;
        let whose = if old.own.is_some() { "an old token" } else { "the token" };
        let summary = format!("{whose} of {} that ended {} ago is accepted", old.who, span(over));
        let proof = Proof::new(Severity::High, accepted.confidence(), summary)
            .because(format!("its `exp` is {}", instant(old.ended_at)))
            .because(format!("it got {} and what {} gets", accepted.misfit.status, old.who))
            .because(format!(
                "without any: {}, with a wrong signature: {}",
                none.status, worthless.status
            ))
            .because(format!("seen on `{}`", trial.sample.operation))
            .caused_by("end of tokens not checked")
            .at(trial.sample.operation.clone())
            .shown_by([accepted.misfit.index, worthless.index, none.index]);
        return Ok(Verdict::fail(proof));
    }
    Ok(refused(&old))
}

/// The old token was refused everywhere; whether because it is old is another question.
fn refused(old: &Old<'_>) -> Verdict {
    let Some(own) = old.own else {
        return Verdict::inconclusive("the identity's own token is refused by now");
    };
    let same = |one: &TokenFacts| {
        (one.algorithm.clone(), one.key_id.clone(), one.issuer.clone(), one.audiences.clone())
    };
    if same(old.token) != same(own) {
        let because = "the old token has another key, issuer or audience than the new one, so its \
                       refusal says nothing about its time";
        return Verdict::inconclusive(because);
    }
    Verdict::Pass
}

/// What time the server has (RFC 9110, section 6.6.1), else ours.
fn server_time(ctx: &Context<'_>, answer: &Answer) -> i64 {
    let told = answer.headers.first("date").and_then(|date| {
        DateTimeParser::new().parse_timestamp(date.trim()).ok().map(Timestamp::as_second)
    });
    told.unwrap_or_else(|| ctx.now.as_second())
}

fn instant(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}

fn span(seconds: i64) -> String {
    match seconds {
        0..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
