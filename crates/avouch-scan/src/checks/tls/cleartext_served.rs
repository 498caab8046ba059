//! TLS-01: the API answers without encryption.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::{alike, moving_paths};
use crate::oracle::triad::uncached;
use crate::step::{Credential, Request, Route, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::{Answer, Failure, Outcome};
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// TLS-01
pub(super) const CHECK: Check = Check {
    id: "TLS-01",
    name: "api-served-in-cleartext",
    title: "The API answers without encryption",
    family: Family::Tls,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Similarity, Oracle::BlockDetector],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(319),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.7"],
    page: include_str!("cleartext_served.md"),
    applies: |ctx| !ctx.target.loopback,
    run,
};

const CAUSE: &str = "cleartext HTTP on the API's host";

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    if ctx.target.secure { beside_https(ctx, tape) } else { Ok(by_itself(ctx)) }
}

/// The target was given as http: whatever it served, it served in cleartext.
fn by_itself(ctx: &Context<'_>) -> Verdict {
    let served = |sample: &&Sample| sample.success().is_some_and(|answer| !refuses(answer));
    let of = |known: bool| {
        ctx.corpus.samples().iter().filter(served).find(move |s| (s.who != Who::Nobody) == known)
    };
    let (severity, sample) = match (of(true), of(false)) {
        (Some(sample), _) => (Severity::High, sample),
        (None, Some(sample)) => (Severity::Medium, sample),
        (None, None) => return Verdict::inconclusive("nothing of substance was served over http"),
    };
    let because = match severity {
        Severity::High => "a credential was accepted over cleartext",
        _ => "nobody's answers only: no credential was seen to be accepted",
    };
    let summary = format!("`{}` was served over http to {}", sample.operation, sample.who);
    let proof = Proof::new(severity, Confidence::Confirmed, summary);
    Verdict::fail(proof.because(because).caused_by(CAUSE))
}

/// The target speaks https: does it answer the same on http? Only garbage is sent that way.
fn beside_https(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let question = question(ctx)?;
    let first = tape.send(question.clone())?;
    let second = tape.send(question.clone())?;
    let clear = tape.send_any(question.route(Route::Cleartext))?;
    let answer = match &clear.exchange.outcome {
        Outcome::Failed(Failure::Refused | Failure::Broken(_)) => return Ok(Verdict::Pass),
        Outcome::Failed(failure) => {
            return Ok(Verdict::inconclusive(format!("no answer over http: {failure}")));
        }
        Outcome::Answered(answer) => answer,
    };
    if let Some(why) = crate::oracle::block::blocked(answer) {
        return Ok(Verdict::inconclusive(why));
    }
    if !is_of_the_api(answer, &first, &second) {
        let indistinct = answer.status == first.status && answer.json().is_none();
        return Ok(if indistinct && matches!(answer.status, 200..=299 | 401 | 403) {
            Verdict::inconclusive("http answered with the same status, but not in JSON to compare")
        } else {
            Verdict::Pass
        });
    }
    let summary = format!("the API answered {} over http as it does over https", answer.status);
    Ok(Verdict::fail(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because("the same request was sent over https twice and over http once")
            .because("the answer over http is the API's own, and no redirect to https")
            .because("a client that is given an http address sends its credential in cleartext")
            .caused_by(CAUSE)
            .shown_by([clear.index, first.index]),
    ))
}

/// A read that the API is known to answer, with garbage for a credential: never a true one.
fn question(ctx: &Context<'_>) -> Result<Request, Step> {
    let samples = || ctx.corpus.samples().iter();
    let answered = |sample: &&Sample| sample.answer().is_some_and(|a| a.json().is_some());
    let sample = samples()
        .find(|sample| sample.success().is_some() && answered(sample))
        .or_else(|| samples().find(answered))
        .ok_or_else(|| Step::Done(Verdict::inconclusive("no JSON answer to compare with")))?;
    let credential = match ctx.anyone() {
        Some(like) => Credential::Garbage { like, salt: 0 },
        None => Credential::None,
    };
    Ok(uncached(sample.request.clone()).with(credential))
}

/// Whether an answer over http is the one the API gives over https, what moves left out. Redirects,
/// "use https" errors and another server's pages are not. The API's own challenge, which
/// asks for a credential in cleartext, is, whatever the body.
fn is_of_the_api(clear: &Answer, first: &Reply<'_>, second: &Reply<'_>) -> bool {
    let moving = moving_paths(first.answer(), second.answer());
    let worth = clear.is_success() || matches!(clear.status, 401 | 403);
    let challenge = |answer: &Answer| {
        answer.headers.first("www-authenticate").filter(|_| answer.status == 401).map(str::to_owned)
    };
    let asks = challenge(clear).is_some() && challenge(clear) == challenge(first.answer());
    asks || (worth && clear.json().is_some() && alike(clear, first.answer(), &moving))
}
