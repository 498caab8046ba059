//! CORS-01: pages of any origin may read answers with the user's credential.

use super::ambient::ambient;
use super::subject::{allows, subject, weight};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// CORS-01
pub(super) const CHECK: Check = Check {
    id: "CORS-01",
    name: "any-origin-trusted",
    title: "Pages of any origin may read answers with the user's credential",
    family: Family::Cors,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(942),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1", "CC6.6"],
    page: include_str!("any_origin_trusted.md"),
    applies: |_| true,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let subject = subject(ctx)?;
    let mut named = |label: &str| -> Result<Option<Reply<'_>>, Step> {
        let origin = format!("https://{}.example", ctx.nonces.word(label, 12));
        let reply = tape.send(subject.request.clone().header("origin", &origin))?;
        Ok(Some(reply).filter(|reply| allows(reply.answer(), &origin)))
    };
    let both = match named("first")? {
        Some(first) => named("second")?.map(|second| (first, second)),
        None => None,
    };
    let Some((first, second)) = both else { return Ok(Verdict::Pass) };
    let (severity, why) = weight(&subject, ambient(ctx).as_deref(), second.answer());
    let summary = format!(
        "{} asked with the origin of a site nobody knows, and the answer lets that site read it",
        subject.who
    );
    Ok(Verdict::fail(
        Proof::new(severity, Confidence::Confirmed, summary)
            .because("two random origins were each named in `Access-Control-Allow-Origin`")
            .because("with `Access-Control-Allow-Credentials: true`")
            .because(why)
            .caused_by("the CORS settings trust any origin")
            .shown_by([first.index, second.index]),
    ))
}
