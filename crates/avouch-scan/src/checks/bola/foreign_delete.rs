//! BOLA-04: an identity removes an object that was made for another.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::foreign_write::{self, Tried};
use crate::context::Context;
use crate::objects::writing::{Effect, Own, Write, effect, own, works_for_maker};
use crate::objects::{self, Act};
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
    let Tried { own, write, by_b, took, read } = foreign_write::by_b(ctx, tape, &act)?;
    if !took {
        return works_for_maker(tape, &own, &write);
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
    let seen = first.read.answer();
    let (severity, confidence, why) =
        foreign_write::weight(ctx, tape, act, seen, (&twin.made, &twin.marker))?;
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
