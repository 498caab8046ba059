//! BOLA-12: with one identity only, the object next to one's own by number.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control;
use crate::context::{Context, Input, InputPlace};
use crate::corpus::Sample;
use crate::inputs::with_value;
use crate::oracle::leaves::{Leaf, leaves};
use crate::oracle::ownership;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::oracle::triad::uncached;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-12
pub(super) const CHECK: Check = Check {
    id: "BOLA-12",
    name: "neighbouring-object-readable",
    title: "The object next to one's own can be read",
    family: Family::Bola,
    severity: Severity::High,
    confidence: Confidence::Firm,
    oracles: &[Oracle::RandomControl, Oracle::Similarity],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1"],
    page: include_str!("neighbour_read.md"),
    applies,
    run,
};

/// With two identities BOLA-01 proves more and guesses nothing.
fn applies(ctx: &Context<'_>) -> bool {
    let two = ctx.distinct && ctx.has(Who::A) && ctx.has(Who::B);
    !two && ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && operation.path_parameters().next().is_some()
            && !ownership::is_shared_by_nature(operation)
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let who = ctx.anyone().unwrap_or(Who::A);
    ctx.baseline(who)?;
    let Some((own, mark, number)) = own_numbered(ctx, who) else {
        return Ok(Verdict::NotApplicable);
    };
    if sees_others_anyway(ctx, who, &mark) {
        return Ok(Verdict::NotApplicable);
    }
    let Some(parameter) = operation.path_parameters().last() else {
        return Ok(Verdict::NotApplicable);
    };
    let input = Input::Parameter(InputPlace::Path, parameter.to_owned());
    let mut denied = false;
    for neighbour in [number.checked_sub(1), number.checked_add(1)].into_iter().flatten() {
        let base = &ctx.target.base_path;
        let text = neighbour.to_string();
        let Some(request) = with_value(&own.request, operation, base, &input, &text) else {
            return Ok(Verdict::NotApplicable);
        };
        let request = uncached(request).by(who);
        let reply = tape.send(request.clone())?;
        let original = own.success().unwrap_or(reply.answer());
        let foreign = !refuses(reply.answer()) && same_shape(original, reply.answer());
        if foreign && let Some(owner) = other_owner(ctx, reply.answer(), who, &mark) {
            return prove(ctx, tape, &reply, &request, &owner, who);
        }
        denied |= reply.status == 403;
    }
    Ok(if denied {
        Verdict::Pass
    } else {
        Verdict::inconclusive(
            "neither neighbour was shown or forbidden: they may not exist. Two identities tell more",
        )
    })
}

/// A read of one's own object with a plain number for its last id, and the place that says it is.
fn own_numbered<'a>(ctx: &Context<'a>, who: Who) -> Option<(&'a Sample, Leaf, u64)> {
    ctx.samples(who).into_iter().find_map(|sample| {
        let number = sample.bindings.last()?.value.parse().ok()?;
        let answer = sample.success().filter(|answer| !refuses(answer))?;
        let named = ownership::owner_leaves(ctx, answer, who, Who::Nobody);
        let mark = named.into_iter().find(|leaf| ownership::is_owner_place(&leaf.path))?;
        Some((sample, mark, number))
    })
}

/// Whether this identity is shown things of several owners as a matter of course, as staff is.
fn sees_others_anyway(ctx: &Context<'_>, who: Who, mark: &Leaf) -> bool {
    let mine = ctx.corpus.samples().iter().filter(|sample| sample.who == who);
    let owners = mine.filter_map(Sample::success).flat_map(leaves);
    let own = ownership::identifying(ctx, who, Who::Nobody);
    owners.filter(|leaf| leaf.key() == mark.key()).any(|leaf| !own.contains(&leaf.value))
}

/// Whom the answer names at the place where the caller's own object names the caller.
fn other_owner(ctx: &Context<'_>, answer: &Answer, who: Who, mark: &Leaf) -> Option<Leaf> {
    let own = ownership::identifying(ctx, who, Who::Nobody);
    let found = leaves(answer);
    if found.iter().any(|leaf| own.contains(&leaf.value) && leaf.is_telling()) {
        return None;
    }
    found.into_iter().find(|leaf| leaf.path == mark.path && !own.contains(&leaf.value))
}

fn prove(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    reply: &Reply<'_>,
    request: &crate::step::Request,
    owner: &Leaf,
    who: Who,
) -> Flow {
    let nobody = tape.send(request.clone().by(Who::Nobody))?;
    if !refuses(nobody.answer()) {
        return Ok(Verdict::Pass);
    }
    let control = control::random_id(ctx, tape, request, reply)?;
    let summary =
        format!("{who} counted one up or down from its own object and got somebody else's");
    Ok(Verdict::fail(
        Proof::new(Severity::High, Confidence::Firm, summary)
            .because(format!("its own object names {who} at `{}`", owner.path))
            .because("the neighbour has the same shape and names somebody else there")
            .because(format!("{who} is shown nothing of others elsewhere"))
            .because(format!("nobody is refused: {}", nobody.status))
            .because(format!("an id that was never issued is not a hit: {}", control.status))
            .shown_by([reply.index, nobody.index, control.index]),
    ))
}
