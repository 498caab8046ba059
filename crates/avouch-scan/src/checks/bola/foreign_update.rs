//! BOLA-03: an identity changes an object that was made for another.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::belonging;
use crate::context::Context;
use crate::objects::writing::{Effect, Write, effect, own};
use crate::objects::{self, Act};
use crate::oracle::ownership;
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
        Effect::None => return control(ctx, tape, &act, &own),
    }
    let again = Write::new(ctx, &act, &own, "by nobody")?;
    let nobody = tape.send(again.by(Who::Nobody))?;
    let (open, after) = effect(tape, &own, &again, read.answer())?;
    if open == Effect::Took {
        // Open to everybody: a matter of authentication, which BFLA-05 reports.
        return Ok(Verdict::Pass);
    }
    let named = !ownership::owner_leaves(ctx, own.read.answer(), Who::A, Who::B).is_empty();
    let listing = belonging::listed(ctx, tape, act.recipe, &own.made, write.marker())?;
    let by_author = belonging::is_speech(act.operation)
        && belonging::names_author(ctx, own.read.answer(), Who::A, Who::B);
    let shared = ownership::is_shared_by_nature(act.operation);
    let (severity, confidence, why) = match belonging::weight(listing, named) {
        Some((_, Confidence::Firm, _)) | None if by_author => {
            (Severity::High, Confidence::Firm, "the object is A's own words, by its name")
        }
        Some((_, Confidence::Firm, _)) if shared => return Ok(cannot_tell()),
        Some(weight) => weight,
        None => return Ok(cannot_tell()),
    };
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

fn cannot_tell() -> Verdict {
    Verdict::inconclusive(
        "B changed it, but both are shown it and nothing says that only its maker may change it",
    )
}

/// B changed nothing: that counts only while the same change works for A.
fn control(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    act: &Act<'_>,
    own: &objects::writing::Own<'_>,
) -> Flow {
    let write = Write::new(ctx, act, own, "by its maker")?;
    let by_a = tape.send(write.by(Who::A))?;
    let (took, _) = effect(tape, own, &write, own.read.answer())?;
    Ok(if took == Effect::Took {
        Verdict::Pass
    } else {
        let because = format!("not even A could change its own object: {}", by_a.status);
        Verdict::inconclusive(because)
    })
}
