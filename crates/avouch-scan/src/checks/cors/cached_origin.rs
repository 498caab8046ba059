//! CORS-04: a cache gives one site's permission to another.

use super::subject::subject;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// CORS-04
pub(super) const CHECK: Check = Check {
    id: "CORS-04",
    name: "permission-cached-for-others",
    title: "A cache gives one site's permission to another",
    family: Family::Cors,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(942),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("cached_origin.md"),
    applies: |_| true,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let subject = subject(ctx)?;
    let key = ctx.nonces.word("key", 12);
    let ours = subject.request.clone().query("avouch", &key);
    let origin = |label: &str| format!("https://{}.example", ctx.nonces.word(label, 12));
    let (one, other) = (origin("one"), origin("other"));
    let first = tape.send(ours.clone().header("origin", &one))?;
    if !first.is_success() {
        return Ok(Verdict::inconclusive(format!(
            "with a query of its own the operation is answered {}",
            first.status
        )));
    }
    if allowed(first.answer()) != Some(&one) {
        // Whether the answer changes with the origin cannot be seen by an origin nobody trusts.
        return Ok(Verdict::NotApplicable);
    }
    if varies(first.answer()) {
        return Ok(Verdict::Pass);
    }
    let second = tape.send(ours.header("origin", &other))?;
    let cause = "`Vary: Origin` is missing";
    if allowed(second.answer()) == Some(&one) {
        let summary = "the permission that was given to one site was handed to another by a cache";
        return Ok(Verdict::fail(
            Proof::new(Severity::Medium, Confidence::Confirmed, summary)
                .because(format!("asked with the origin `{other}`, the answer allows `{one}`"))
                .because("the answer has no `Vary: Origin`, so caches take the two for the same")
                .caused_by(cause)
                .shown_by([second.index, first.index]),
        ));
    }
    if !may_be_kept(first.answer()) {
        return Ok(Verdict::Pass);
    }
    let summary = "the permission changes with the origin, and caches are told to keep it for all";
    Ok(Verdict::fail(
        Proof::new(Severity::Low, Confidence::Firm, summary)
            .because("`Access-Control-Allow-Origin` repeats the origin, without `Vary: Origin`")
            .because("`Cache-Control` lets caches keep the answer; none on the way did")
            .caused_by(cause)
            .shown_by([first.index, second.index]),
    ))
}

fn allowed(answer: &Answer) -> Option<&str> {
    answer.headers.first("access-control-allow-origin").map(str::trim)
}

fn varies(answer: &Answer) -> bool {
    let names = answer.headers.all("vary").flat_map(|line| line.split(','));
    names
        .into_iter()
        .any(|name| matches!(name.trim().to_ascii_lowercase().as_str(), "*" | "origin"))
}

fn may_be_kept(answer: &Answer) -> bool {
    let stated: Vec<&str> = answer.headers.all("cache-control").collect();
    let stated = stated.join(",").to_ascii_lowercase().replace(' ', "");
    let forbidden = ["no-store", "private", "no-cache", "max-age=0"];
    let allowed =
        stated.contains("public") || stated.contains("max-age=") || stated.contains("s-maxage=");
    allowed && !forbidden.iter().any(|word| stated.contains(word))
}
