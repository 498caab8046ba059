//! BFLA-03: an ordinary identity writes what only a higher role should.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::objects::writing::{self, Effect, Write};
use crate::objects::{self, Act, Recipe, accepted};
use crate::oracle::administrative::{Mark, mark};
use crate::oracle::guarded::turns_away;
use crate::oracle::markers::holds_marker;
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BFLA-03
pub(super) const CHECK: Check = Check {
    id: "BFLA-03",
    name: "admin-function-writable-by-low-role",
    title: "An ordinary user writes what only a higher role should",
    family: Family::Bfla,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Canary, Oracle::Declaration, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::TwoRoles],
    scope: Scope::Operation,
    cwe: Cwe(862),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.3"],
    page: include_str!("low_writes_high.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        (mark(operation).is_some() || reserved(ctx, operation).is_some())
            && match operation.method {
                Method::Post => objects::recipe_of_create(ctx, operation).is_some(),
                Method::Put | Method::Patch | Method::Delete => {
                    objects::act(ctx, operation).is_some()
                }
                _ => false,
            }
    })
}

fn lower(ctx: &Context<'_>) -> Who {
    if ctx.has(Who::A) { Who::A } else { Who::B }
}

/// Where only the higher role may make such objects, by what both were answered: a sentence for the
/// proof.
fn reserved(ctx: &Context<'_>, operation: &Operation) -> Option<String> {
    // What some may make, others may well be meant to change, but hardly to remove.
    if operation.method != Method::Delete {
        return None;
    }
    let create = &objects::act(ctx, operation)?.recipe.create.id;
    let low = lower(ctx);
    let mut refused = ctx.corpus.of(create, low).filter_map(Sample::answer);
    let refused = refused.find(|answer| answer.status == 403 && turns_away(answer))?;
    let made = ctx.corpus.of(create, Who::High).filter_map(Sample::answer).any(accepted);
    let status = refused.status;
    made.then(|| {
        format!("only the higher role may make such objects: `{create}` answered {low} {status}")
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let low = lower(ctx);
    let Some(mark) = mark(operation) else { return by_reserve(ctx, tape, operation, low) };
    if let Mark::Hinted(word) = &mark
        && !turns_others_away(ctx, word, low)
    {
        let because = format!("whether `{word}` means administration here is not known");
        return Ok(Verdict::inconclusive(because));
    }
    let act = objects::act(ctx, operation);
    let proof = match (objects::recipe_of_create(ctx, operation), act) {
        (Some(recipe), _) if operation.method == Method::Post => creates(ctx, tape, recipe, low)?,
        (_, Some(act)) => changes(ctx, tape, &act, low)?,
        _ => return Ok(Verdict::NotApplicable),
    };
    let Some(proof) = proof else { return Ok(Verdict::Pass) };
    // A word that often means administration may mean something that everybody does here.
    let (severity, confidence) = match mark {
        Mark::Declared(_) | Mark::Named(_) => (Severity::Critical, Confidence::Confirmed),
        Mark::Hinted(_) => (Severity::High, Confidence::Firm),
    };
    let proof = Proof { severity, confidence, ..proof };
    Ok(Verdict::fail(proof.because(mark.sentence()).between(Who::High, low)))
}

/// What is not called an administrator's, but whose objects the lower role may not make.
fn by_reserve(ctx: &Context<'_>, tape: &mut Tape<'_>, operation: &Operation, low: Who) -> Flow {
    let (Some(why), Some(act)) = (reserved(ctx, operation), objects::act(ctx, operation)) else {
        return Ok(Verdict::NotApplicable);
    };
    let Some(proof) = changes(ctx, tape, &act, low)? else { return Ok(Verdict::Pass) };
    let proof = Proof { severity: Severity::High, ..proof };
    Ok(Verdict::fail(proof.because(why).between(Who::High, low)))
}

/// Whether something else of the same word was refused to the lower role.
fn turns_others_away(ctx: &Context<'_>, word: &str, low: Who) -> bool {
    ctx.catalog.operations.iter().any(|operation| {
        mark(operation) == Some(Mark::Hinted(word.to_owned()))
            && ctx.corpus.of(&operation.id, low).any(|s| s.answer().is_some_and(turns_away))
    })
}

/// What the lower role made, the higher role reads.
fn creates(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    recipe: Recipe<'_>,
    low: Who,
) -> Result<Option<Proof>, Step> {
    let draft = objects::marked_draft(ctx, recipe, low, "made")?;
    let request = objects::creation(ctx, recipe, low, &draft.body, &draft.marker)?;
    let created = tape.send(request)?;
    if turned_away(created.status, accepted(created.answer()))? {
        return Ok(None);
    }
    let high = Who::High;
    let made = objects::find(ctx, tape, recipe, high, created, &draft.body, &draft.marker)?;
    let read = tape.send(made.read)?;
    if refuses(read.answer()) || !holds_marker(read.answer(), &draft.marker) {
        let because = format!("the higher role does not read what was made: {}", read.status);
        return Err(Step::inconclusive(because));
    }
    let summary = format!("{low} created what only a higher role should");
    let proof = Proof::new(Severity::Critical, Confidence::Confirmed, summary)
        .because(format!("{low} created an object with a marker: {}", created.status))
        .because("the higher role reads the marker");
    Ok(Some(proof.shown_by([created.index, read.index])))
}

/// What the higher role made, the lower role changes or removes, and the higher role sees it.
fn changes(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    act: &Act<'_>,
    low: Who,
) -> Result<Option<Proof>, Step> {
    let own = writing::own(ctx, tape, act, Who::High, "high")?;
    let write = Write::new(ctx, act, &own, "low")?;
    let changed = tape.send(write.by(low))?;
    let (effect, after) = writing::effect(tape, &own, &write, own.read.answer())?;
    if effect == Effect::Unclear {
        return Err(Step::inconclusive(format!("what it did cannot be told: {}", after.status)));
    }
    if effect == Effect::None {
        // A refusal that is none of ours decides nothing.
        if turned_away(changed.status, accepted(changed.answer()))? {
            return Ok(None);
        }
        let because = format!("{low} was answered {} and nothing changed", changed.status);
        return Err(Step::inconclusive(because));
    }
    let did = if write.removes() { "removed" } else { "changed" };
    let summary = format!("{low} {did} what only a higher role should");
    let proof = Proof::new(Severity::Critical, Confidence::Confirmed, summary)
        .because("the higher role made an object with a marker and read it")
        .because(format!("{low}, of a lower role, {did} it: {}", changed.status))
        .because(format!("the higher role then read: {}", after.status));
    Ok(Some(proof.shown_by([changed.index, after.index, own.read.index])))
}

/// Whether an answer says that the caller may not; ends as inconclusive when it says something else
/// that kept the write from happening.
fn turned_away(status: u16, accepted: bool) -> Result<bool, Step> {
    match status {
        401 | 403 | 404 | 405 => Ok(true),
        // Refused with 200 and an envelope.
        200..=299 => Ok(!accepted),
        other => Err(Step::inconclusive(format!("the lower role was answered {other}"))),
    }
}
