//! TLS-05: browsers are not told to stay with https.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::net::IpAddr;

/// TLS-05
pub(super) const CHECK: Check = Check {
    id: "TLS-05",
    name: "strict-transport-missing",
    title: "Browsers are not told to use https only",
    family: Family::Tls,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(523),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.7"],
    page: include_str!("hsts_missing.md"),
    applies,
    run,
};

/// Seconds a browser should remember at least: 180 days.
const AGE_SECONDS_MIN: u64 = 180 * 24 * 60 * 60;

/// The header means nothing for addresses (RFC 6797, section 8.1.1) and for this machine.
fn applies(ctx: &Context<'_>) -> bool {
    let host = ctx.target.host.trim_matches(['[', ']']);
    let local = host == "localhost" || host.ends_with(".localhost");
    ctx.target.secure && !ctx.target.loopback && !local && host.parse::<IpAddr>().is_err()
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let samples = ctx.corpus.samples().iter().filter_map(Sample::answer);
    let documents = ctx.target.documents.iter().map(|(_, answer)| answer);
    let answers: Vec<&Answer> = ctx.target.front.iter().chain(documents).chain(samples).collect();
    if answers.is_empty() {
        let because = "no answer was seen whose headers could be looked at";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    // One answer with the header is enough: it speaks for the host (RFC 6797, section 8.1).
    let longest = answers.iter().filter_map(|answer| max_age(answer)).max();
    let summary = match longest {
        Some(seconds) if seconds >= AGE_SECONDS_MIN => return Ok(Verdict::Pass),
        Some(seconds) => format!(
            "`Strict-Transport-Security` lasts {} days, less than {}",
            seconds / 86_400,
            AGE_SECONDS_MIN / 86_400
        ),
        None => format!("none of {} answers has `Strict-Transport-Security`", answers.len()),
    };
    // Only browsers heed it: a host that serves no page has little to gain.
    let browsed = answers.iter().any(|answer| answer.media_type() == "text/html");
    let severity = if browsed { Severity::Low } else { Severity::Info };
    let proof = Proof::new(severity, Confidence::Confirmed, summary)
        .because(if browsed { "the host serves pages" } else { "no page was seen on the host" })
        .caused_by("header Strict-Transport-Security");
    Ok(Verdict::fail(proof))
}

/// What the header's `max-age` says, in seconds; `None` without a valid header (RFC 6797, 6.1).
fn max_age(answer: &Answer) -> Option<u64> {
    let header = answer.headers.first("strict-transport-security")?;
    header.split(';').find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case("max-age");
        named.then(|| value.trim().trim_matches('"').parse().ok()).flatten()
    })
}
