//! CORS-02: an origin that only looks like a trusted one is trusted.

use super::ambient::ambient;
use super::subject::{allows, subject, weight};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;
use url::Url;

/// CORS-02
pub(super) const CHECK: Check = Check {
    id: "CORS-02",
    name: "lookalike-origin-trusted",
    title: "An origin that only looks like a trusted one is trusted",
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
    page: include_str!("lookalike_origin_trusted.md"),
    applies: |_| true,
    run,
};

/// LIMIT: hosts that lookalikes are made of.
const HOSTS_MAX: usize = 2;

/// An origin that must not be trusted, and what a server that trusts it does wrong.
struct Lookalike {
    origin: String,
    flaw: &'static str,
    /// Whether one must stand in the user's network to use it.
    needs_network: bool,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let subject = subject(ctx)?;
    let random = format!("https://{}.example", ctx.nonces.word("random", 12));
    let control = tape.send(subject.request.clone().header("origin", &random))?;
    if allows(control.answer(), &random) {
        // Any origin at all is trusted: CORS-01 says so, and no lookalike is needed.
        return Ok(Verdict::NotApplicable);
    }
    let ambient = ambient(ctx);
    let mut worst: Option<(Severity, &'static str, String)> = None;
    let mut flaws = Vec::new();
    let mut shown = Vec::new();
    for Lookalike { origin, flaw, needs_network } in lookalikes(ctx) {
        let reply = tape.send(subject.request.clone().header("origin", &origin))?;
        if !allows(reply.answer(), &origin) {
            continue;
        }
        let (full, why) = weight(&subject, ambient.as_deref(), reply.answer());
        let severity = if needs_network { full.min(Severity::Medium) } else { full };
        flaws.push(format!("`{origin}` is trusted: {flaw}"));
        if worst.as_ref().is_none_or(|(most, ..)| severity > *most) {
            worst = Some((severity, flaw, why));
            shown.insert(0, reply.index);
        } else {
            shown.push(reply.index);
        }
    }
    let Some((severity, flaw, why)) = worst else { return Ok(Verdict::Pass) };
    shown.push(control.index);
    let summary = format!("an origin that anybody can have is trusted with credentials: {flaw}");
    let mut proof = Proof::new(severity, Confidence::Confirmed, summary);
    for flaw in flaws {
        proof = proof.because(flaw);
    }
    Ok(Verdict::fail(
        proof
            .because("a random origin is not trusted, so there is a list, and it is read wrongly")
            .because(why)
            .caused_by("the CORS settings compare origins loosely")
            .shown_by(shown),
    ))
}

/// Origins made of the target's own host and of those it was seen to trust.
fn lookalikes(ctx: &Context<'_>) -> Vec<Lookalike> {
    let word = ctx.nonces.word("lookalike", 8);
    let of = |origin: String, flaw, needs_network| Lookalike { origin, flaw, needs_network };
    let mut all = vec![of("null".into(), "`null` is the origin of any sandboxed frame", false)];
    for host in trusted_hosts(ctx) {
        all.push(of(
            format!("https://{host}.{word}.example"),
            "only the beginning is compared",
            false,
        ));
        all.push(of(format!("https://{word}{host}"), "only the end is compared", false));
        all.push(of(
            format!("https://{host}`.{word}.example"),
            "an odd character ends the comparison",
            false,
        ));
        if ctx.target.secure {
            all.push(of(format!("http://{host}"), "the scheme is not compared", true));
        }
    }
    all
}

/// The target's host and hosts that answers named as allowed.
fn trusted_hosts(ctx: &Context<'_>) -> BTreeSet<String> {
    let answers = ctx.corpus.samples().iter().filter_map(|sample| sample.answer());
    let named = answers
        .chain(ctx.target.front.as_ref())
        .filter_map(|answer| answer.headers.first("access-control-allow-origin"))
        .filter_map(|origin| Url::parse(origin).ok()?.host_str().map(str::to_owned));
    let own = ctx.target.host.clone();
    let others: BTreeSet<String> = named.filter(|host| *host != own).collect();
    std::iter::once(own).chain(others).take(HOSTS_MAX).collect()
}
