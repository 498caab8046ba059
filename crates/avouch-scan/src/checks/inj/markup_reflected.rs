//! INJ-10: markup written into an input comes back as markup.

use super::markup::{is_page, is_sandboxed};
use super::probe::{can_carry, probe_or_redirect};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::{Context, Input, InputPlace};
use crate::forms::Form;
use crate::tape::{Flow, Tape};
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-10
pub(super) const CHECK: Check = Check {
    id: "INJ-10",
    name: "markup-reflected",
    title: "Markup written into an input comes back as markup",
    family: Family::Inj,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Grammar],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Input,
    cwe: Cwe(79),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("markup_reflected.md"),
    applies,
    run,
};

/// What a link or a form on another site can fill: nothing else reaches a victim's browser.
fn applies(ctx: &Context<'_>) -> bool {
    let reachable = match (ctx.operation.map(|o| &o.method), ctx.input) {
        (Some(Method::Get), Some(Input::Parameter(InputPlace::Path | InputPlace::Query, _))) => {
            true
        }
        (Some(Method::Post), Some(Input::Body(_))) => {
            let media = ctx.operation.and_then(crate::inputs::body_media);
            media.is_some_and(|media| Form::of(&media.media_type).is_some())
        }
        _ => false,
    };
    reachable && can_carry(ctx)
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let probe = probe_or_redirect(ctx)?;
    let usual = probe.value.clone().unwrap_or_default();
    let mut shown = Vec::new();
    let mut sandboxed = false;
    for round in ["first", "second"] {
        let word = ctx.nonces.word(round, 9);
        let reply = tape.send(probe.request(&format!("{usual}\"><{word} x='1'>"))?)?;
        if !reply.body.contains(&format!("<{word} x='1'>")) || !is_page(reply.answer()) {
            let once = !shown.is_empty();
            return Ok(if once {
                Verdict::inconclusive("markup came back once and not again")
            } else {
                probe.nothing_found()
            });
        }
        sandboxed |= is_sandboxed(reply.answer());
        shown.push(reply.index);
    }
    let label = probe.label();
    let severity = if sandboxed { Severity::Info } else { Severity::Medium };
    let summary = format!("{} wrote an element into {label}, and the page held it", probe.who);
    let proof = Proof::new(severity, Confidence::Confirmed, summary)
        .because("the element's random name came back with its angle brackets, twice")
        .because("the answer is one that browsers lay out");
    let proof = if sandboxed {
        proof.because("its content policy forbids scripts of every kind")
    } else {
        proof
    };
    Ok(Verdict::fail(proof.about(label).shown_by(shown)))
}
