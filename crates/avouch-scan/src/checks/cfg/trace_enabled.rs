//! CFG-01: the server answers TRACE with the request it was sent.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// CFG-01
pub(super) const CHECK: Check = Check {
    id: "CFG-01",
    name: "trace-enabled",
    title: "TRACE answers with the request as the server received it",
    family: Family::Cfg,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Computed, Oracle::Grammar, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(693),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("trace_enabled.md"),
    applies: |_| true,
    run,
};

/// The header that carries the marker.
const HEADER: &str = "x-avouch-trace";

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let marker = ctx.nonces.canary("trace");
    let target = ctx.path("/");
    let traced = tape.send(Request::new(Method::Trace, &target).header(HEADER, &marker))?;
    if !is_echo(traced.answer(), &marker) {
        return Ok(Verdict::Pass);
    }
    let read = tape.send(Request::read(&target).header(HEADER, &marker))?;
    if is_echo(read.answer(), &marker) {
        // The application repeats every request, by whatever method: not the server's TRACE.
        return Ok(Verdict::Pass);
    }
    Ok(Verdict::fail(
        Proof::new(
            Severity::Low,
            Confidence::Confirmed,
            "nobody sent TRACE and was answered the request's own head",
        )
        .because(format!("the answer repeats the request line and our `{HEADER}` header"))
        .because("GET with the same header does not, so this is TRACE and no echo service")
        .shown_by([traced.index, read.index]),
    ))
}

/// Whether the body is a request head (RFC 9110, section 9.3.8) with our header in it.
fn is_echo(answer: &Answer, marker: &str) -> bool {
    let body = answer.body.trim_start();
    let head = body
        .lines()
        .next()
        .is_some_and(|line| line.starts_with("TRACE ") && line.trim_end().contains(" HTTP/"));
    let shown = body.lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case(HEADER) && value.trim() == marker
        })
    });
    answer.is_success() && shown && (head || answer.media_type() == "message/http")
}
