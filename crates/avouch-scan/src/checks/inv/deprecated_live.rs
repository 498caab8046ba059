//! INV-04: what was to end still answers.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::{Sample, Source};
use crate::oracle::block::blocked;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::rfc2822::DateTimeParser;

/// INV-04
pub(super) const CHECK: Check = Check {
    id: "INV-04",
    name: "deprecated-operation-live",
    title: "A deprecated operation still answers",
    family: Family::Inv,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Declaration],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(477),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC8.1"],
    page: include_str!("deprecated_live.md"),
    applies,
    run,
};

/// Only reads: whether a write still works cannot be asked without writing.
fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        let told = || ctx.corpus.all_of(&operation.id).filter_map(Sample::answer);
        operation.method == Method::Get
            && (operation.deprecated || operation.sunset.is_some() || told().any(says_so))
    })
}

/// Whether the answer itself says that it is deprecated (RFC 9745) or is to end (RFC 8594).
fn says_so(answer: &Answer) -> bool {
    let deprecation = answer.headers.first("deprecation").unwrap_or("false").trim();
    !deprecation.eq_ignore_ascii_case("false") || answer.headers.first("sunset").is_some()
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let samples: Vec<&Sample> = ctx.corpus.all_of(&operation.id).collect();
    let Some(live) = samples.iter().find(|sample| sample.success().is_some()) else {
        if samples.iter().any(|sample| is_gone(sample)) {
            return Ok(Verdict::Pass);
        }
        let because = "nobody was let in, so whether it still works is not known";
        return Err(Step::Done(Verdict::inconclusive(because)));
    };
    let header = live.success().and_then(|answer| answer.headers.first("sunset"));
    let dates = [operation.sunset.as_deref(), header];
    let end = dates.into_iter().flatten().filter_map(instant).min();
    let status = live.answer().map_or(0, |answer| answer.status);
    let (severity, summary) = match end {
        Some(end) if end > ctx.now => return Ok(Verdict::Pass),
        Some(end) => (Severity::Low, format!("it was to end on {}", end.strftime("%Y-%m-%d"))),
        None => (Severity::Info, "it is deprecated, and no end is set".to_owned()),
    };
    let summary = format!("{summary}; {} was still answered {status}", live.who);
    let said = if operation.deprecated { "the description" } else { "a date or header" };
    Ok(Verdict::fail(
        Proof::new(severity, Confidence::Confirmed, summary)
            .because(format!("{said} says that it is not to be used any more")),
    ))
}

/// Whether the answer says that the operation itself, not one object, is not there any more.
fn is_gone(sample: &Sample) -> bool {
    let Some(answer) = sample.answer() else { return false };
    let invented = sample.bindings.iter().any(|binding| binding.source == Source::Invented);
    blocked(answer).is_none()
        && match answer.status {
            404 => !invented,
            status => matches!(status, 301 | 308 | 405 | 410 | 501),
        }
}

/// A date as descriptions and `Sunset` headers write it.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let day = || -> Option<Timestamp> {
        let date: Date = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
    };
    // Weekdays are often wrong, even in the RFC's own example.
    let http = || DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok();
    text.parse().ok().or_else(day).or_else(http)
}
