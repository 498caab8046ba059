//! BOLA-14: refusals tell which objects exist.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control::with_random_id;
use crate::checks::bola::target::{self, got};
use crate::context::Context;
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// LIMIT: operations that are asked; refusing is one program's habit.
const OPERATIONS_MAX: usize = 4;

/// BOLA-14
pub(super) const CHECK: Check = Check {
    id: "BOLA-14",
    name: "existence-of-objects-told",
    title: "Refusals tell which objects of others exist",
    family: Family::Bola,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::RandomControl, Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(204),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1"],
    page: include_str!("existence_told.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get && target::is_representative(ctx, operation, OPERATIONS_MAX)
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let (target, owner, reader) = target::plainly_own(ctx, operation)?;
    let plain = uncached(target.sample.request.clone()).by(reader);
    let mut there = Vec::new();
    let mut absent = Vec::new();
    for round in ["one", "two"] {
        let Some(random) = with_random_id(ctx, &plain, round) else {
            return Ok(Verdict::NotApplicable);
        };
        there.push(tape.send(plain.clone())?);
        absent.push(tape.send(random)?);
    }
    if there.iter().any(|reply| got(ctx, &target, reply.answer())) {
        // It is not refused at all: BOLA-01 reports that.
        return Ok(Verdict::NotApplicable);
    }
    let all: Vec<&Reply<'_>> = there.iter().chain(&absent).collect();
    if let Some(odd) = all.iter().find(|reply| reply.status >= 500 || !refuses(reply.answer())) {
        let because = format!("{reader} was answered {}, which is no refusal", odd.status);
        return Ok(Verdict::inconclusive(because));
    }
    let (Some(one), Some(other)) = (always(&there), always(&absent)) else {
        return Ok(Verdict::inconclusive("the refusals differ from one time to the next"));
    };
    if one == other {
        return Ok(Verdict::Pass);
    }
    let id = target.sample.bindings.last().map(|binding| binding.value.as_str());
    let id = id.and_then(Placeholder::parse);
    let (severity, why) = if id.is_some_and(|id| id.class.is_personal()) {
        (Severity::Low, "the id says who somebody is, so it tells who is a member")
    } else {
        (Severity::Info, "the id says nothing of anybody, so little is told")
    };
    let summary = format!("{reader} is told whether an object of {owner}'s exists");
    Ok(Verdict::fail(
        Proof::new(severity, Confidence::Confirmed, summary)
            .because(format!("twice for an object of {owner}'s: {one}"))
            .because(format!("twice for an id that was never issued: {other}"))
            .because(why)
            .between(owner, reader)
            .caused_by("refusals")
            .shown_by(all.into_iter().map(|reply| reply.index)),
    ))
}

/// What all these refusals look like; `None` when they differ.
fn always(replies: &[Reply<'_>]) -> Option<String> {
    let first = sign(replies.first()?.answer());
    replies.iter().all(|reply| sign(reply.answer()) == first).then_some(first)
}

/// What a refusal looks like, but for what it repeats of the question.
fn sign(answer: &Answer) -> String {
    let code = answer.json().and_then(|json| {
        let members = json.as_object()?.clone();
        let (name, value) = members.into_iter().find(|(name, value)| {
            ["code", "error", "errorcode", "type"].contains(&name.to_ascii_lowercase().as_str())
                && (value.is_number() || value.is_string())
        })?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let plain = value.is_number() || !text.bytes().any(|b| b.is_ascii_digit());
        (plain && text.len() <= 60).then(|| format!("{name} {text}"))
    });
    match code {
        Some(code) => format!("{}, {code}", answer.status),
        None => answer.status.to_string(),
    }
}
