//! DATA-03: an error shows the inside of the program.

use super::reads::is_read;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::{Context, Input, InputPlace};
use crate::corpus::Sample;
use crate::inputs::inputs;
use crate::oracle::block::blocked;
use crate::oracle::leaves::leaves;
use crate::oracle::refusal::refuses;
use crate::oracle::stack_frames::{Trace, trace_in};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Origin;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// DATA-03
pub(super) const CHECK: Check = Check {
    id: "DATA-03",
    name: "stack-trace-in-error",
    title: "Errors show the inside of the program",
    family: Family::Data,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::BlockDetector],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(209),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC7.1"],
    page: include_str!("stack_trace.md"),
    applies: is_read,
    run,
};

/// Percent-encoding that breaks off in the middle of a character (RFC 3986, 2.1; RFC 3629): it
/// cannot be decoded, and many programs do not expect that.
const UNDECODABLE: &str = "%E0%A4%A";

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let samples: Vec<&Sample> = Who::ALL.into_iter().flat_map(|who| ctx.samples(who)).collect();
    let usual: String = samples.iter().filter_map(|s| s.success().map(text_of)).collect();
    // An error that came up while reading proves it without a request.
    for sample in &samples {
        if let Some(trace) = sample.answer().and_then(|answer| shown(answer, &usual)) {
            let status = sample.answer().map_or(0, |answer| answer.status);
            return Ok(found(&trace, sample.who, status, "an ordinary read"));
        }
    }
    // What takes no input has nothing to decode; an operation nobody described may take any.
    let operation = ctx.operation()?;
    if operation.origin == Origin::Described
        && operation.parameters.is_empty()
        && !samples.is_empty()
    {
        return Ok(Verdict::NotApplicable);
    }
    let sample = ctx
        .anyone()
        .and_then(|who| samples.iter().find(|s| s.who == who && s.success().is_some()))
        .or_else(|| samples.iter().find(|s| s.success().is_some()))
        .or_else(|| samples.first())
        .ok_or_else(|| Step::Done(Verdict::inconclusive("this operation was never read")))?;
    let mut refused = Vec::new();
    for request in malformed(ctx, &sample.request) {
        let reply = tape.send(request.by(sample.who))?;
        if let Some(trace) = shown(reply.answer(), &usual) {
            let verdict =
                found(&trace, sample.who, reply.status, "a request that cannot be decoded");
            return Ok(match verdict {
                Verdict::Fail(proof) => Verdict::fail(proof.shown_by([reply.index])),
                other => other,
            });
        }
        if matches!(reply.status, 401 | 403) {
            refused.push(reply.status);
        }
    }
    if sample.success().is_none() && !refused.is_empty() {
        return Ok(Verdict::inconclusive("every request was refused before it was looked at"));
    }
    Ok(Verdict::Pass)
}

/// Two requests that are wrong in form: a value that cannot be decoded, and a list or object where
/// one value belongs.
fn malformed(ctx: &Context<'_>, usual: &Request) -> Vec<Request> {
    let name = |place: InputPlace| {
        let inputs = ctx.operation.map(|o| inputs(o, ctx.corpus)).unwrap_or_default();
        inputs.into_iter().find_map(|input| match input {
            Input::Parameter(there, name) if there == place => Some(name),
            _ => None,
        })
    };
    let appended = |pair: &str| {
        let joint = if usual.target.contains('?') { '&' } else { '?' };
        usual.clone().target(format!("{}{joint}{pair}", usual.target))
    };
    let in_path = || {
        let parameter = name(InputPlace::Path)?;
        let template = ctx.path(&ctx.operation?.path);
        let position =
            template.split('/').position(|part| part.contains(&format!("{{{parameter}}}")))?;
        let mut segments: Vec<&str> = usual.path().split('/').collect();
        *segments.get_mut(position)? = UNDECODABLE;
        Some(usual.clone().target(segments.join("/")))
    };
    let query = name(InputPlace::Query).unwrap_or_else(|| "q".to_owned());
    let first = in_path().unwrap_or_else(|| appended(&format!("{query}={UNDECODABLE}")));
    vec![first, appended(&format!("{query}[a][]=1&{query}[a][b]=2"))]
}

/// The trace an error shows. What a success shows is content: a page about errors, a log.
fn shown(answer: &Answer, usual: &str) -> Option<Trace> {
    let error = answer.status >= 400 || (refuses(answer) && answer.json().is_some());
    (error && blocked(answer).is_none()).then(|| trace_in(&text_of(answer), usual)).flatten()
}

/// The answer's text as a person reads it: of JSON its values, unescaped, one a line.
fn text_of(answer: &Answer) -> String {
    let lines: Vec<String> = leaves(answer).into_iter().map(|leaf| leaf.value).collect();
    lines.join("\n")
}

fn found(trace: &Trace, who: Who, status: u16, by: &str) -> Verdict {
    let language = trace.language;
    let count = trace.frames.len();
    let frame = trace.frames.first().map(|f| f.chars().take(160).collect::<String>());
    let summary = format!("{who} was shown a {language} stack trace of {count} frames");
    Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Confirmed, summary)
            .because(format!("{by} was answered {status}"))
            .because(format!("one of the frames: `{}`", frame.unwrap_or_default()))
            .because("no ordinary answer of this operation holds these frames")
            .caused_by(format!("errors show {language} stack traces")),
    )
}
