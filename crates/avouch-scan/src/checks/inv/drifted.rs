//! INV-06: the API does something else than its description says.

use super::shape::mismatches;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::block::blocked;
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, Origin};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeMap;

/// INV-06
pub(super) const CHECK: Check = Check {
    id: "INV-06",
    name: "description-does-not-hold",
    title: "The API does something else than its description says",
    family: Family::Inv,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Declaration],
    tier: Tier::Passive,
    needs: &[Need::Description],
    scope: Scope::Target,
    cwe: Cwe(1059),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC8.1", "PI1.1"],
    page: include_str!("drifted.md"),
    applies: |ctx| described(ctx).next().is_some(),
    run,
};

/// LIMIT: operations named in the proof.
const NAMED_MAX: usize = 10;

fn described<'a>(ctx: &Context<'a>) -> impl Iterator<Item = &'a Operation> {
    let all = ctx.catalog.operations.iter();
    all.filter(|o| o.origin == Origin::Described && o.method == Method::Get)
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let mut compared = 0;
    let mut there = false;
    let mut drifts: BTreeMap<String, (Severity, String)> = BTreeMap::new();
    for operation in described(ctx) {
        let read: Vec<&Sample> = ctx
            .corpus
            .all_of(&operation.id)
            .filter(|sample| sample.answer().is_some_and(|answer| blocked(answer).is_none()))
            .collect();
        let good = read.iter().filter(|sample| sample.success().is_some_and(|a| !refuses(a)));
        let good: Vec<&Answer> = good.filter_map(|sample| sample.answer()).collect();
        if !good.is_empty() && !operation.answers.is_empty() {
            compared += 1;
        }
        let absent =
            |sample: &&Sample| sample.answer().is_some_and(|answer| is_absent(ctx, answer));
        there |= !read.iter().all(absent);
        let found = match good.first() {
            Some(_) => good.iter().find_map(|answer| differs(operation, answer)),
            None => missing(ctx, operation, &read).map(|what| (Severity::Low, what)),
        };
        if let Some(found) = found {
            // One line an operation, however much of it is wrong.
            drifts.insert(operation.id.to_string(), found);
        }
    }
    let Some((severity, _)) = drifts.values().max_by_key(|(severity, _)| *severity) else {
        return match compared {
            0 => Err(Step::Done(Verdict::inconclusive(
                "no answer was seen that the description says anything about",
            ))),
            _ => Ok(Verdict::Pass),
        };
    };
    if !there {
        let because = "nothing that is described is there: it may stand under another address";
        return Ok(Verdict::inconclusive(because));
    }
    let summary = format!(
        "{} of {} described reads do something else than the description says",
        drifts.len(),
        described(ctx).count()
    );
    let proof = Proof::new(*severity, Confidence::Confirmed, summary)
        .caused_by("the description and the API drifted apart");
    let lines = drifts
        .iter()
        .take(NAMED_MAX)
        .map(|(operation, (_, what))| format!("`{operation}`: {what}"));
    Ok(Verdict::fail(lines.fold(proof, Proof::because)))
}

/// How a success differs from what is described; `None` when it does not, or nothing is.
fn differs(operation: &Operation, answer: &Answer) -> Option<(Severity, String)> {
    if operation.answers.is_empty() {
        return None;
    }
    let status = answer.status.to_string();
    let exact = operation.answers.iter().find(|shape| shape.status == status);
    let wide = operation
        .answers
        .iter()
        .find(|shape| shape.status.eq_ignore_ascii_case("2xx") || shape.status == "default");
    let Some(shape) = exact.or(wide) else {
        let described: Vec<&str> = operation.answers.iter().map(|s| s.status.as_str()).collect();
        let what = format!("answers {status}, described are {}", described.join(", "));
        return Some((Severity::Info, what));
    };
    let json = shape.media.iter().find(|media| media.media_type.contains("json"))?;
    if shape.media.len() > 1 || answer.body.trim().is_empty() || answer.truncated {
        return None;
    }
    let Some(value) = answer.json() else {
        let what = format!("answers {}, described is JSON", answer.media_type());
        return Some((Severity::Low, what));
    };
    let wrong = mismatches(&json.schema, &value);
    (!wrong.is_empty()).then(|| (Severity::Low, wrong.join("; ")))
}

/// Whether that is the answer for what is not there, or not by this method.
fn is_absent(ctx: &Context<'_>, answer: &Answer) -> bool {
    matches!(answer.status, 405 | 501) || ctx.target.not_found.is_very_page(answer)
}

/// Whether an operation that anybody could call is not there: everybody is answered as for a path
/// that cannot exist, or that the method is not served.
fn missing(ctx: &Context<'_>, operation: &Operation, read: &[&Sample]) -> Option<String> {
    let needs_values = operation.path_parameters().next().is_some()
        || operation.parameters.iter().any(|parameter| parameter.required);
    let asked = read.iter().any(|sample| sample.who != Who::Nobody) || !ctx.has(Who::A);
    if needs_values || read.is_empty() || !asked {
        return None;
    }
    let answers: Vec<&Answer> = read.iter().filter_map(|sample| sample.answer()).collect();
    let status = answers.first()?.status;
    answers
        .iter()
        .all(|answer| is_absent(ctx, answer))
        .then(|| format!("is described and not there ({status})"))
}
