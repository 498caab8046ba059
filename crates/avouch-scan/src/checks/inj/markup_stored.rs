//! INJ-11: markup that is written through the API stands in pages as markup.

use super::markup::{is_page, is_sandboxed};
use super::probe::{noted, worked};
use crate::bodies;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::inputs::{body_media, with_json};
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-11
pub(super) const CHECK: Check = Check {
    id: "INJ-11",
    name: "markup-stored",
    title: "Markup that is written through the API stands in pages as markup",
    family: Family::Inj,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::RandomControl],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(79),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("markup_stored.md"),
    applies,
    run,
};

/// LIMIT: pages that are looked at after each write.
const PAGES_MAX: usize = 4;

fn applies(ctx: &Context<'_>) -> bool {
    let creates = ctx.operation.is_some_and(|operation| operation.method == Method::Post);
    creates && !pages(ctx).is_empty() && worked(ctx).is_ok_and(|s| marked(ctx, s, "x").is_some())
}

/// Reads that were answered with pages.
fn pages<'a>(ctx: &Context<'a>) -> Vec<&'a Sample> {
    let reads = ctx.catalog.operations.iter().filter(|o| o.method == Method::Get);
    let shown = reads.filter_map(|operation| {
        [Who::A, Who::B, Who::High, Who::Nobody].into_iter().find_map(|who| {
            ctx.corpus.of(&operation.id, who).find(|s| s.success().is_some_and(is_page))
        })
    });
    shown.take(PAGES_MAX).collect()
}

/// The write that worked, with that text where a person writes freely.
fn marked(ctx: &Context<'_>, sample: &Sample, text: &str) -> Option<Request> {
    let body = sample.sent_body()?;
    let described = ctx.operation.and_then(body_media);
    let made = described.and_then(|media| bodies::marked_body(media, text, 0));
    let name = match made {
        Some(made) => made.as_object()?.iter().find(|(_, v)| v.as_str() == Some(text))?.0.clone(),
        None => body.as_object()?.iter().find(|(_, value)| value.is_string())?.0.clone(),
    };
    with_json(&sample.request, &format!("/{name}"), text.into())
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let sample = worked(ctx)?;
    let Some(first) = planted(ctx, tape, sample, "first")? else { return Ok(Verdict::Pass) };
    let Some(second) = planted(ctx, tape, sample, "second")? else {
        return Ok(Verdict::inconclusive("markup stood in a page once and not again"));
    };
    let (found, page, _) = second;
    let sandboxed = is_sandboxed(page.answer());
    let shown = [&first, &second].into_iter().flat_map(|(_, page, written)| [page.index, *written]);
    let severity = if sandboxed { Severity::Info } else { Severity::Medium };
    let path = found.request.path();
    let summary = format!("{} wrote an element, and the page `{path}` held it", sample.who);
    Ok(Verdict::fail(
        Proof::new(severity, Confidence::Confirmed, summary)
            .because("an element of a random name was written, and read on that page, twice")
            .because("its angle brackets stood there as they were, in what browsers lay out")
            .caused_by(format!("page {}", found.operation))
            .shown_by(shown),
    ))
}

/// Writes an element and looks for a page that holds it; `None` when the write is refused or no page
/// does. With it the place of the write among the exchanges.
fn planted<'a, 't>(
    ctx: &Context<'a>,
    tape: &mut Tape<'t>,
    sample: &Sample,
    round: &str,
) -> Result<Option<(&'a Sample, Reply<'t>, usize)>, Step> {
    let word = ctx.nonces.word(round, 9);
    let element = format!("<{word} x=1>");
    let write = marked(ctx, sample, &format!("note {element}"))
        .ok_or(Step::Done(Verdict::NotApplicable))?;
    let written = tape.send(noted(ctx, write)?)?;
    if !written.is_success() {
        return match written.status {
            400 | 402..=499 => Ok(None),
            // A session that is over, a detour or a fault decides nothing about markup.
            other => Err(Step::inconclusive(format!("the write is now answered {other}"))),
        };
    }
    let held = find(ctx, tape, &element)?;
    Ok(held.map(|(found, page)| (found, page, written.index)))
}

/// The first page that holds the element as it was written.
fn find<'a, 't>(
    ctx: &Context<'a>,
    tape: &mut Tape<'t>,
    element: &str,
) -> Result<Option<(&'a Sample, Reply<'t>)>, Step> {
    for sample in pages(ctx) {
        let reply = tape.send(sample.request.clone())?;
        if is_page(reply.answer()) && reply.body.contains(element) {
            return Ok(Some((sample, reply)));
        }
    }
    Ok(None)
}
