//! BOLA-03: an identity changes an object that was made for another.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::foreign_write::{self, Tried};
use crate::context::Context;
use crate::objects;
use crate::objects::writing::{Effect, Write, effect, works_for_maker};
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-03
pub(super) const CHECK: Check = Check {
    id: "BOLA-03",
    name: "other-users-object-writable",
    title: "An object of one user is changed by another",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::ReadBack, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "CC6.3", "PI1.3"],
    page: include_str!("foreign_update.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        matches!(operation.method, Method::Put | Method::Patch)
            && objects::act(ctx, operation).is_some()
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(act) = objects::act(ctx, ctx.operation()?) else { return Ok(Verdict::NotApplicable) };
    let Tried { own, write, by_b, took, read } = foreign_write::by_b(ctx, tape, &act)?;
    if !took {
        let by_a = Write::new(ctx, &act, &own, "by its maker")?;
        return works_for_maker(tape, &own, &by_a);
    }
    let again = Write::new(ctx, &act, &own, "by nobody")?;
    let nobody = tape.send(again.by(Who::Nobody))?;
    let (open, after) = effect(tape, &own, &again, read.answer())?;
    if open == Effect::Took {
        // Open to everybody: a matter of authentication, which BFLA-05 reports.
        return Ok(Verdict::Pass);
    }
    let first = own.read.answer();
    let (severity, confidence, why) =
        foreign_write::weight(ctx, tape, &act, first, (&own.made, write.marker()))?;
    let summary = format!("B changed an object that A had just made, with {}", act.operation.id);
    Ok(Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because("A created the object; nobody else was told of it")
            .because(format!("B sent a change with a marker and was answered {}", by_b.status))
            .because("A read its object again and found B's marker in it")
            .because(why)
            .because(format!("nobody cannot change it: {}", nobody.status))
            .between(Who::A, Who::B)
            .shown_by([by_b.index, read.index, own.made.reply.index, own.read.index, after.index]),
    ))
}
