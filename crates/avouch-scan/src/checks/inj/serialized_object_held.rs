//! INJ-16: callers hold serialized objects that they send back.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::leaves::leaves;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::OperationId;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use avouch_wire::redact::serialized_form;

/// INJ-16
pub(super) const CHECK: Check = Check {
    id: "INJ-16",
    name: "serialized-object-held",
    title: "Callers hold serialized objects that they send back",
    family: Family::Inj,
    severity: Severity::Medium,
    confidence: Confidence::Tentative,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(502),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("serialized_object_held.md"),
    applies: |_| true,
    run,
};

/// Where one was seen: in what, and of which language.
struct Found {
    place: String,
    form: String,
    operation: OperationId,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of every check")]
fn run(ctx: &Context<'_>, _: &mut Tape<'_>) -> Flow {
    let samples = ctx.corpus.samples();
    if !samples.iter().any(|sample| sample.answer().is_some()) {
        return Ok(Verdict::inconclusive("nothing was read"));
    }
    let found = samples.iter().find_map(|sample| {
        let (place, form) = sample
            .answer()
            .and_then(|answer| in_cookie(answer).or_else(|| in_value(ctx, answer)))?;
        Some(Found { place, form, operation: sample.operation.clone() })
    });
    let Some(Found { place, form, operation }) = found else { return Ok(Verdict::Pass) };
    let language = form.trim_start_matches("serialized-").to_owned();
    let summary = format!("{place} holds a serialized object ({language}) that callers send back");
    Ok(Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Tentative, summary)
            .because("it begins as that language's own serialization does")
            .because("whether the server reads it without checking it first was not tried")
            .about(place.clone())
            .caused_by(place)
            .at(operation),
    ))
}

/// A cookie's value is never seen, but for what it is.
fn in_cookie(answer: &Answer) -> Option<(String, String)> {
    answer.headers.all("set-cookie").find_map(|cookie| {
        let (name, value) = cookie.split(';').next()?.split_once('=')?;
        let form = Placeholder::find_all(value).into_iter().map(|p| p.detail).next();
        let form = form.or_else(|| serialized_form(value).map(str::to_owned))?;
        form.starts_with("serialized-").then(|| (format!("cookie {name}"), form))
    })
}

/// A value of an answer under a name that some operation takes: it will come back.
fn in_value(ctx: &Context<'_>, answer: &Answer) -> Option<(String, String)> {
    leaves(answer).into_iter().find_map(|leaf| {
        let form = serialized_form(&leaf.value)?;
        let key = leaf.key();
        let taken = ctx.catalog.operations.iter().any(|operation| {
            crate::inputs::inputs(operation, ctx.corpus)
                .iter()
                .any(|input| crate::oracle::leaves::plain_key(input.name()) == key)
        });
        taken.then(|| (format!("value {}", leaf.path), form.to_owned()))
    })
}
