//! RATE-02: callers are not told how much they may ask.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// RATE-02
pub(super) const CHECK: Check = Check {
    id: "RATE-02",
    name: "rate-limit-unannounced",
    title: "Answers do not say how much a caller may ask",
    family: Family::Rate,
    severity: Severity::Info,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(770),
    owasp: &[Owasp::Api(4)],
    criteria: &["A1.1"],
    page: include_str!("no_signal.md"),
    applies: |_| true,
    run: |ctx, _| Ok(judge(ctx)),
};

/// LIMIT: answers below which their silence means nothing.
const ANSWERS_MIN: usize = 3;

fn judge(ctx: &Context<'_>) -> Verdict {
    let answers: Vec<&Answer> = ctx.corpus.samples().iter().filter_map(Sample::answer).collect();
    let (throttled, others): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().copied().partition(|answer| answer.status == 429);
    if throttled.iter().any(|answer| answer.headers.first("retry-after").is_none()) {
        let proof = proof("a throttled caller is not told when to come back")
            .because("429 without `Retry-After` (RFC 6585, section 4)");
        return Verdict::fail(proof.about("429"));
    }
    if !throttled.is_empty() || answers.iter().any(|answer| announces(answer)) {
        return Verdict::Pass;
    }
    if others.len() < ANSWERS_MIN {
        return Verdict::inconclusive(format!("only {} answers were seen", others.len()));
    }
    let reason =
        format!("none of {} answers has a `RateLimit` header of any spelling", others.len());
    Verdict::fail(
        proof("no answer says how much a caller may ask")
            .because(reason)
            .because("this says nothing about whether there is a limit"),
    )
}

fn proof(summary: &str) -> Proof {
    Proof::new(Severity::Info, Confidence::Firm, summary)
}

/// Whether a header tells of a limit: `RateLimit`, `RateLimit-Policy`, `X-RateLimit-Remaining`,
/// `X-Rate-Limit-Limit`, `X-Shop-RateLimit` …
fn announces(answer: &Answer) -> bool {
    answer.headers.0.iter().any(|(name, _)| {
        let plain = crate::oracle::leaves::plain_key(name);
        plain.contains("ratelimit") || plain.contains("apicalllimit")
    })
}
