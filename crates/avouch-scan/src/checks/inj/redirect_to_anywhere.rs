//! INJ-21: the target sends visitors wherever an input says.

use super::probe::{Probe, can_carry, probe_or_redirect};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::{Context, Input, InputPlace};
use crate::oracle::leaves::plain_key;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use url::Url;

/// INJ-21
pub(super) const CHECK: Check = Check {
    id: "INJ-21",
    name: "redirect-to-anywhere",
    title: "Visitors are sent wherever an input says",
    family: Family::Inj,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Replicate],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(601),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("redirect_to_anywhere.md"),
    applies,
    run,
};

/// Names of inputs that say where to go, in the spelling of [`plain_key`].
const NAMES: [&str; 30] = [
    "url",
    "uri",
    "next",
    "redirect",
    "redirecturl",
    "redirecturi",
    "redirectto",
    "return",
    "returnto",
    "returnurl",
    "returnpath",
    "continue",
    "continueto",
    "dest",
    "destination",
    "goto",
    "target",
    "to",
    "out",
    "link",
    "forward",
    "forwardurl",
    "callback",
    "callbackurl",
    "success",
    "successurl",
    "location",
    "origin",
    "referrer",
    "back",
];
/// Ways to write a host so that it is taken for a path or passes as one's own, `#` the host and `^`
/// the target's own.
const WAYS: [&str; 5] = ["https://#/", "//#/", "/\\#/", "https:#", "https://^@#/"];

fn applies(ctx: &Context<'_>) -> bool {
    let reads = ctx.operation.is_some_and(|operation| operation.method == Method::Get);
    reads && can_carry(ctx) && says_where(ctx)
}

/// Whether the input's name says so, or what it held stood in the answer's `Location`.
fn says_where(ctx: &Context<'_>) -> bool {
    let Some(Input::Parameter(InputPlace::Query | InputPlace::Path, name)) = ctx.input else {
        return false;
    };
    NAMES.contains(&plain_key(name).as_str()) || probe_or_redirect(ctx).is_ok_and(|p| is_used(&p))
}

fn is_used(probe: &Probe<'_>) -> bool {
    let location = probe.sample.answer().and_then(|answer| answer.headers.first("location"));
    let value = probe.value.as_deref().filter(|value| value.len() >= 3);
    matches!((location, value), (Some(location), Some(value)) if location.contains(value))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_redirect(ctx)?;
    let host = |label: &str| format!("{}.example", ctx.nonces.word(label, 12));
    let own = &ctx.target.host;
    let text = |way: &str, host: &str| way.replace('^', own).replace('#', host);
    for way in WAYS {
        let first_host = host("first");
        let first = send(&probe, tape, &text(way, &first_host))?;
        if !leads_to(ctx, &first, &first_host) {
            continue;
        }
        let second_host = host("second");
        let second = send(&probe, tape, &text(way, &second_host))?;
        if !leads_to(ctx, &second, &second_host) {
            return Ok(Verdict::inconclusive(
                "it led to the host that was named once and not again",
            ));
        }
        let label = probe.label();
        let summary = format!(
            "{} named a foreign host in {label}, and the answer ({}) leads there",
            probe.who, first.status
        );
        return Ok(Verdict::fail(
            Proof::new(Severity::Medium, Confidence::Confirmed, summary)
                .because(format!("`Location` led to the random host of `{}`", text(way, "HOST")))
                .because("with another random host it led to that one")
                .about(label)
                .shown_by([first.index, second.index]),
        ));
    }
    Ok(probe.nothing_found())
}

fn send<'t>(probe: &Probe<'_>, tape: &mut Tape<'t>, text: &str) -> Result<Reply<'t>, Step> {
    tape.send(probe.request(text)?)
}

/// Whether a browser would go to that host.
fn leads_to(ctx: &Context<'_>, reply: &Reply<'_>, host: &str) -> bool {
    let here = Url::parse(&ctx.target.origin).ok();
    let location = reply.headers.first("location").filter(|_| (300..400).contains(&reply.status));
    let there = here.zip(location).and_then(|(here, location)| here.join(location.trim()).ok());
    there.is_some_and(|url| url.host_str() == Some(host))
}
