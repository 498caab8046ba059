//! INJ-15: what a caller sends is merged into the prototype of every object.

use crate::bodies;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::danger;
use crate::inputs::with_json;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Value, json};

/// INJ-15
pub(super) const CHECK: Check = Check {
    id: "INJ-15",
    name: "prototype-polluted",
    title: "What a caller sends is merged into the prototype of every object",
    family: Family::Inj,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[],
    // What it changes is seen in every answer: one at a time, or nobody knows whose work it was.
    scope: Scope::Target,
    cwe: Cwe(1321),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("prototype_polluted.md"),
    applies,
    run,
};

/// Spaces that nobody indents by.
const SPACES: usize = 7;

/// LIMIT: operations that are asked.
const ASKED_MAX: usize = 40;

fn applies(ctx: &Context<'_>) -> bool {
    !foreign_language(ctx) && !writes(ctx).is_empty()
}

/// Writes in JSON that worked and were answered in JSON.
fn writes<'a>(ctx: &Context<'a>) -> Vec<(&'a Operation, &'a Sample)> {
    let all = ctx.catalog.operations.iter().filter(|operation| {
        matches!(operation.method, Method::Post | Method::Put | Method::Patch)
            && danger::leave_alone(operation).is_none()
    });
    let worked = all.filter_map(|operation| {
        let mut samples = ctx.corpus.all_of(&operation.id);
        let sample = samples.find(|sample| {
            let sent = sample.sent_body().is_some_and(|body| body.is_object());
            let structured = |json: Value| json.is_object() || json.is_array();
            sent && sample.success().and_then(Answer::json).is_some_and(structured)
        })?;
        Some((operation, sample))
    });
    worked.take(ASKED_MAX).collect()
}

/// Whether the server says that it is written in a language that has no prototypes.
fn foreign_language(ctx: &Context<'_>) -> bool {
    let Some(answer) = ctx.target.front.as_ref() else { return false };
    let said = [answer.headers.first("server"), answer.headers.first("x-powered-by")];
    let others =
        ["python", "werkzeug", "uvicorn", "gunicorn", "php", "asp.net", "kestrel", "jetty"];
    let lower = said.into_iter().flatten().map(str::to_ascii_lowercase);
    lower.into_iter().any(|text| others.iter().any(|other| text.contains(other)))
}

/// How far the second line of an answer is indented; 0 for one line.
fn indent(reply: &Reply<'_>) -> usize {
    let second = reply.body.lines().nth(1).unwrap_or_default();
    second.len() - second.trim_start_matches(' ').len()
}

fn polluted(usual: &Request, way: &str, spaces: usize) -> Option<Request> {
    let value: Value = json!({ "json spaces": spaces });
    match way {
        "__proto__" => with_json(usual, "/__proto__", value),
        _ => with_json(usual, "/constructor", json!({ "prototype": value })),
    }
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    for (operation, sample) in writes(ctx) {
        if let Some(verdict) = asked(ctx, tape, operation, sample)? {
            return Ok(verdict);
        }
    }
    Ok(Verdict::Pass)
}

/// The verdict on one write; `None` when nothing shows.
fn asked(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    operation: &Operation,
    sample: &Sample,
) -> Result<Option<Verdict>, Step> {
    let noted = |request: Request| bodies::with_creation(ctx, operation, request);
    let usual = noted(sample.request.clone());
    let not_here = || Step::Done(Verdict::NotApplicable);
    for way in ["__proto__", "constructor"] {
        let dirty = polluted(&usual, way, SPACES).ok_or_else(not_here)?;
        let first = tape.send(dirty)?;
        if indent(&first) != SPACES {
            continue;
        }
        let after = tape.send(usual.clone())?;
        // Whatever is concluded, the prototype is put back first.
        tape.send(polluted(&usual, way, 0).ok_or_else(not_here)?)?;
        let mended = tape.send(usual.clone())?;
        if indent(&after) != SPACES || indent(&mended) == SPACES {
            return Ok(Some(Verdict::inconclusive(
                "an answer was indented by seven, and those after it not as they should have been",
            )));
        }
        let summary = format!(
            "{} sent a member `{way}`, and every answer after it was written differently",
            sample.who
        );
        let proof = Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because("it set how far JSON is indented, to seven, in the prototype of all objects")
            .because("the answer to the next, usual request was indented by seven")
            .because("set to none the same way, answers were as before")
            .about(format!("body /{way}"))
            .at(operation.id.clone())
            .shown_by([first.index, after.index, mended.index]);
        return Ok(Some(Verdict::fail(proof)));
    }
    Ok(None)
}
