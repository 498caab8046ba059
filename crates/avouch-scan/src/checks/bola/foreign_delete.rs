//! BOLA-04: an identity removes an object that was made for another.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::belonging;
use crate::context::Context;
use crate::objects::writing::{Effect, Own, Write, effect, own};
use crate::objects::{self, Act};
use crate::oracle::ownership;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-04
pub(super) const CHECK: Check = Check {
    id: "BOLA-04",
    name: "other-users-object-deletable",
    title: "An object of one user is deleted by another",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::ReadBack, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1"],
    page: include_str!("foreign_delete.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Delete && objects::act(ctx, operation).is_some()
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(act) = objects::act(ctx, ctx.operation()?) else { return Ok(Verdict::NotApplicable) };
    let own = own(ctx, tape, &act, Who::A, "object")?;
    let write = Write::new(ctx, &act, &own, "by another")?;
    let by_b = tape.send(write.by(Who::B))?;
    let (took, read) = effect(tape, &own, &write, own.read.answer())?;
    match took {
        Effect::Took => (),
        Effect::Unclear => {
            let because = format!("A was answered {} when it read its object again", read.status);
            return Ok(Verdict::inconclusive(because));
        }
        Effect::None => return control(tape, &own, &write),
    }
    let (still, again) = effect(tape, &own, &write, own.read.answer())?;
    if still != Effect::Took {
        return Ok(Verdict::inconclusive("the object was gone and came back"));
    }
    twin(ctx, tape, &act, &own, [by_b.index, read.index, again.index])
}

/// A second object, which B leaves alone, must stay, also when nobody asks for its removal.
fn twin(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    act: &Act<'_>,
    first: &Own<'_>,
    shown_by: [usize; 3],
) -> Flow {
    let twin = own(ctx, tape, act, Who::A, "twin")?;
    let write = Write::new(ctx, act, &twin, "by nobody")?;
    let nobody = tape.send(write.by(Who::Nobody))?;
    let (open, after) = effect(tape, &twin, &write, twin.read.answer())?;
    match open {
        Effect::None => (),
        // Open to everybody: a matter of authentication, which BFLA-05 reports.
        Effect::Took if nobody.is_success() => return Ok(Verdict::Pass),
        _ => return Ok(Verdict::inconclusive("a second object of A's did not stay either")),
    }
    let named = !ownership::owner_leaves(ctx, first.read.answer(), Who::A, Who::B).is_empty();
    let listing = belonging::listed(ctx, tape, act.recipe, &twin.made, &twin.marker)?;
    let by_author = belonging::is_speech(act.operation)
        && belonging::names_author(ctx, first.read.answer(), Who::A, Who::B);
    let shared = ownership::is_shared_by_nature(act.operation);
    let cannot_tell = Verdict::inconclusive(
        "B deleted it, but both are shown it and nothing says that only its maker may delete it",
    );
    let (severity, confidence, why) = match belonging::weight(listing, named) {
        Some((_, Confidence::Firm, _)) | None if by_author => {
            (Severity::High, Confidence::Firm, "the object is A's own words, by its name")
        }
        Some((_, Confidence::Firm, _)) if shared => return Ok(cannot_tell),
        Some(weight) => weight,
        None => return Ok(cannot_tell),
    };
    let [by_b, read, again] = shown_by;
    let summary = format!("B deleted an object that A had just made, with {}", act.operation.id);
    Ok(Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because("A created the object and read it")
            .because("B asked for its removal; then A, asking twice, found it gone")
            .because(why)
            .because("a second object of A's stayed, and nobody could remove it")
            .between(Who::A, Who::B)
            .shown_by([by_b, read, again, first.read.index, after.index]),
    ))
}

/// B removed nothing: that counts only while removing works for A.
fn control(tape: &mut Tape<'_>, own: &Own<'_>, write: &Write) -> Flow {
    let by_a = tape.send(write.by(Who::A))?;
    let (took, _) = effect(tape, own, write, own.read.answer())?;
    Ok(if took == Effect::Took {
        Verdict::Pass
    } else {
        let because = format!("not even A could remove its own object: {}", by_a.status);
        Verdict::inconclusive(because)
    })
}
