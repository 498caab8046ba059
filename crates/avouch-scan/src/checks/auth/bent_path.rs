//! AUTH-04: the guard and the handler read one address differently.

use super::bends::{Bend, bends};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::guarded_operations;
use crate::oracle::refusal::refuses;
use crate::oracle::triad::{from_a_cache, got_the_same, uncached};
use crate::step::{Credential, Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-04
pub(super) const CHECK: Check = Check {
    id: "AUTH-04",
    name: "guard-passed-by-bent-path",
    title: "Another spelling of the address passes the guard",
    family: Family::Auth,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[
        Oracle::Triad,
        Oracle::Similarity,
        Oracle::PrivateSet,
        Oracle::RandomControl,
        Oracle::SoftNotFound,
    ],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(863),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "CC6.6"],
    page: include_str!("bent_path.md"),
    applies,
    run,
};

/// LIMIT: operations that are tried, one from each part of the API.
const OPERATIONS_MAX: usize = 48;
/// Operations on which every spelling is tried.
const THOROUGH_MAX: usize = 3;
/// Spellings tried on the others.
const QUICK_MAX: usize = 2;

fn trials<'a>(ctx: &Context<'a>) -> Vec<&'a Sample> {
    let who = ctx.anyone().unwrap_or(Who::A);
    guarded_operations(ctx, who, OPERATIONS_MAX)
}

/// On one operation of each part. With none at all, the first that can be read stands for all, so
/// that it is said.
fn applies(ctx: &Context<'_>) -> bool {
    let Some(operation) = ctx.operation else { return false };
    let trials = trials(ctx);
    if trials.is_empty() {
        let first = ctx.catalog.operations.iter().find(|other| other.method == Method::Get);
        return first.is_some_and(|first| first.id == operation.id);
    }
    trials.iter().any(|sample| sample.operation == operation.id)
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let operation = ctx.operation()?;
    let all = trials(ctx);
    let Some(place) = all.iter().position(|s| s.operation == operation.id) else {
        let because = format!("no operation was seen that answers {who} and refuses nobody");
        return Ok(Verdict::inconclusive(because));
    };
    let Some(sample) = all.get(place) else { return Ok(Verdict::NotApplicable) };
    let spellings = if place < THOROUGH_MAX { usize::MAX } else { QUICK_MAX };
    let mut unanswered = None;
    let mut valid = None;
    for bend in bends(&sample.request).take(spellings) {
        let tried = tape.send_any(bare(bend.of(&sample.request)))?;
        let Some(bent) = tried.reply() else {
            // What stops one spelling may let the next one through.
            unanswered.get_or_insert(bend.name);
            continue;
        };
        if is_nothing(ctx, bent.answer()) {
            continue;
        }
        let valid = match valid {
            Some(valid) => valid,
            None => *valid.insert(accepted(tape, sample, who)?),
        };
        if got_the_same(ctx, &valid, &bent, &ctx.volatile()) {
            return judge(ctx, tape, sample, who, &bend, &bent, &valid);
        }
    }
    Ok(match unanswered {
        Some(name) => Verdict::inconclusive(format!("no answer to the path with {name}")),
        None => Verdict::Pass,
    })
}

/// Controls around a spelling that got through.
fn judge(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    sample: &Sample,
    who: Who,
    bend: &Bend,
    first: &Reply<'_>,
    valid: &Reply<'_>,
) -> Flow {
    let moving = ctx.volatile();
    let plain = tape.send(bare(sample.request.clone()))?;
    if got_the_same(ctx, valid, &plain, &moving) {
        return Ok(Verdict::inconclusive("nobody is answered on the plain path too, by now"));
    }
    let word = ctx.nonces.word("sibling", 12);
    let neighbour = tape.send(bare(bend.of(&beside(&sample.request, &word))))?;
    if !is_nothing(ctx, neighbour.answer()) {
        return Ok(Verdict::inconclusive("a path that cannot exist is answered when bent alike"));
    }
    let again = tape.send(bare(bend.of(&sample.request)))?;
    if !got_the_same(ctx, valid, &again, &moving) || from_a_cache(again.answer()) {
        return Ok(Verdict::inconclusive("the bent path was answered once and not again"));
    }
    let summary =
        format!("nobody got the answer that {who} got, without a credential, by {}", bend.name);
    Ok(Verdict::fail(
        Proof::new(Severity::Critical, Confidence::Confirmed, summary)
            .because(format!("with {who}'s credential: {}", valid.status))
            .because(format!("without any, on the plain path: {}", plain.status))
            .because(format!(
                "without any, with {}, twice: {} and the same content",
                bend.name, again.status
            ))
            .because(format!("a path that cannot exist, bent alike: {}", neighbour.status))
            .about(bend.name)
            .caused_by(format!("guard passed by {}", bend.name))
            .shown_by([again.index, plain.index, neighbour.index, first.index, valid.index]),
    ))
}

/// Reads with the valid credential.
fn accepted<'t>(tape: &mut Tape<'t>, sample: &Sample, who: Who) -> Result<Reply<'t>, Step> {
    let valid = tape.send(uncached(sample.request.clone().by(who)))?;
    if refuses(valid.answer()) {
        let because = format!("no valid success: {who} was answered {}", valid.status);
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok(valid)
}

fn bare(request: Request) -> Request {
    uncached(request.with(Credential::None))
}

fn is_nothing(ctx: &Context<'_>, answer: &Answer) -> bool {
    refuses(answer) || ctx.target.not_found.is_not_found(answer)
}

/// The request to a path beside it that cannot exist: its last segment is another word.
fn beside(request: &Request, word: &str) -> Request {
    let path = request.path();
    let parent = path.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
    let target = match request.query_text() {
        Some(query) => format!("{parent}/{word}?{query}"),
        None => format!("{parent}/{word}"),
    };
    request.clone().target(target)
}
