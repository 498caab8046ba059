//! INJ-18: an input of the wrong kind ends in an error that nobody handles.

use super::probe::{again, noted, worked};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::{Context, Input, InputPlace};
use crate::corpus::Sample;
use crate::inputs::{inputs, value_in, with_json, with_value};
use crate::oracle::stack_frames::trace_in;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Value, json};

/// INJ-18
pub(super) const CHECK: Check = Check {
    id: "INJ-18",
    name: "input-unhandled",
    title: "An input of the wrong kind ends in an error that nobody handles",
    family: Family::Inj,
    severity: Severity::Medium,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Contrast, Oracle::Replicate],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(755),
    owasp: &[Owasp::Api(8)],
    criteria: &["PI1.3", "A1.2"],
    page: include_str!("input_unhandled.md"),
    applies,
    run,
};

/// LIMIT: inputs of an operation that are given a wrong kind.
const INPUTS_MAX: usize = 3;

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| operation.method != Method::Delete)
        && worked(ctx)
            .is_ok_and(|sample| sample.success().is_some() && !attempts(ctx, sample).is_empty())
}

/// A way to send the wrong kind, and how it is called.
struct Attempt {
    what: &'static str,
    about: Option<String>,
    request: Request,
}

/// What is tried on an operation, with the usual request as its model.
fn attempts(ctx: &Context<'_>, sample: &Sample) -> Vec<Attempt> {
    let Some(operation) = ctx.operation else { return Vec::new() };
    let usual = &sample.request;
    let mut all = Vec::new();
    if sample.sent_body().is_some() && is_first_of_its_kind(ctx) {
        let mut request = usual.clone();
        request.body = Some("{\"a\": [1,".to_owned());
        all.push(Attempt { what: "JSON that ends too early", about: None, request });
    }
    for input in inputs(operation, ctx.corpus).into_iter().take(INPUTS_MAX) {
        let base = &ctx.target.base_path;
        let held = value_in(usual, operation, base, &input);
        let digits = held
            .as_deref()
            .is_some_and(|held| !held.is_empty() && held.bytes().all(|byte| byte.is_ascii_digit()));
        let (what, request) = match &input {
            Input::Body(pointer) => {
                let text =
                    sample.sent_body().and_then(|b| b.pointer(pointer).map(Value::is_string));
                let wrong = if text == Some(false) { json!("abc") } else { json!({"a": [1]}) };
                ("a value of another type", with_json(usual, pointer, wrong))
            }
            Input::Parameter(InputPlace::Path | InputPlace::Query, _) if digits => {
                let wide = "99999999999999999999";
                ("a number too wide", with_value(usual, operation, base, &input, wide))
            }
            Input::Parameter(InputPlace::Query, name) if held.is_some() => {
                let again = format!("{}&{name}%5Ba%5D=1&{name}=x", usual.target);
                ("a list in place of a value", Some(usual.clone().target(again)))
            }
            Input::Parameter(..) => continue,
        };
        all.extend(request.map(|request| Attempt { what, about: Some(input.label()), request }));
    }
    all
}

/// Whether this is the first write in JSON there is: one program reads the bodies of all of them.
fn is_first_of_its_kind(ctx: &Context<'_>) -> bool {
    let first = ctx.catalog.operations.iter().find(|operation| {
        ctx.corpus.all_of(&operation.id).any(|s| s.success().is_some() && s.sent_body().is_some())
    });
    first.map(|operation| &operation.id) == ctx.operation.map(|operation| &operation.id)
}

/// Whether the program itself failed; a gateway's word for "not there" is another matter.
fn failed(answer: &Answer) -> bool {
    answer.status >= 500 && !matches!(answer.status, 501..=504)
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let sample = worked(ctx)?;
    for attempt in attempts(ctx, sample) {
        let request = noted(ctx, attempt.request.clone())?;
        let first = tape.send(request.clone())?;
        if !failed(first.answer()) {
            continue;
        }
        let usual = tape.send(again(ctx, sample)?)?;
        let second = tape.send(request)?;
        if !usual.is_success() || !failed(second.answer()) {
            return Ok(Verdict::inconclusive(
                "it failed once, and the usual request failed too or the same did not fail again",
            ));
        }
        let told = sample.success().map(|answer| answer.body.as_str()).unwrap_or_default();
        let trace = trace_in(&first.body, told).is_some();
        let severity = if trace { Severity::Medium } else { Severity::Low };
        let what = attempt.what;
        let summary =
            format!("{} sent {what}, and the server failed ({})", sample.who, first.status);
        let proof = Proof::new(severity, Confidence::Firm, summary)
            .because("the same a second time: it failed again")
            .because(format!("the usual request in between: {}", usual.status))
            .caused_by(format!("unhandled: {what}"))
            .shown_by([first.index, usual.index, second.index]);
        let proof =
            if trace { proof.because("the answer held a trace of the program") } else { proof };
        return Ok(Verdict::fail(match attempt.about {
            Some(label) => proof.about(label),
            None => proof,
        }));
    }
    Ok(Verdict::Pass)
}
