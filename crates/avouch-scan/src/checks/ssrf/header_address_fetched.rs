//! SSRF-02: the server fetches an address that stands in a header.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::guarded::working_reads;
use crate::oracle::out_of_band::{is_the_target, nobody_came};
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// SSRF-02
pub(super) const CHECK: Check = Check {
    id: "SSRF-02",
    name: "header-address-fetched",
    title: "The server fetches an address that stands in a header",
    family: Family::Ssrf,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand],
    tier: Tier::Active,
    needs: &[Need::OutOfBand],
    scope: Scope::Target,
    cwe: Cwe(918),
    owasp: &[Owasp::Api(7)],
    criteria: &["CC6.6"],
    page: include_str!("header_address_fetched.md"),
    applies: |_| true,
    run,
};

/// Headers that servers take for where a visitor comes from or what it is, and look at.
const HEADERS: [&str; 5] =
    ["referer", "x-wap-profile", "x-forwarded-for", "true-client-ip", "x-forwarded-host"];
/// LIMIT: operations that are asked.
const ASKED_MAX: usize = 24;
/// LIMIT: milliseconds the target is given to come.
const WAIT_MS: u32 = 2_000;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    let asked = working_reads(ctx, ASKED_MAX);
    if asked.is_empty() {
        return Ok(Verdict::inconclusive("no read is known that works"));
    }
    let mut planted = Vec::new();
    for (n, sample) in asked.iter().enumerate() {
        let token = ctx.nonces.hex(&format!("token {n}"), 24);
        nobody_came(tape, &token)?;
        let address = listener.url(&token);
        let with = |request: crate::step::Request, name: &&str| {
            request.header(name, format!("{address}/{name}"))
        };
        let reply = tape.send(HEADERS.iter().fold(sample.request.clone(), with))?;
        planted.push((token, reply.index, *sample));
    }
    let mut wait = WAIT_MS;
    for (token, index, sample) in planted {
        let hits = tape.await_hit(&token, wait)?;
        wait = 0;
        let Some(hit) = hits.iter().find(|hit| is_the_target(hit)) else { continue };
        let header = HEADERS.iter().find(|name| hit.request.contains(&format!("/{name}")));
        let header = header.copied().unwrap_or("a header");
        let summary =
            format!("{} sent an address in `{header}`, and the server fetched it", sample.who);
        return Ok(Verdict::fail(
            Proof::new(Severity::Medium, Confidence::Confirmed, summary)
                .because("nobody had come with that random token before the request was sent")
                .because(format!("then it came by {} from `{}`", hit.protocol, hit.from))
                .about(format!("header {header}"))
                .at(sample.operation.clone())
                .caused_by(format!("header {header}"))
                .shown_by([index]),
        ));
    }
    Ok(Verdict::Pass)
}
