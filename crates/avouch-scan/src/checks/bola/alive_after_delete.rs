//! BOLA-15: what was deleted can still be read.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects;
use crate::objects::writing::{Effect, Write, effect, own};
use crate::oracle::markers::holds_marker;
use crate::oracle::refusal::is_error_envelope;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// Milliseconds that a target gets to finish what it said it did.
const SETTLING_MS: u32 = 1_500;

/// BOLA-15
pub(super) const CHECK: Check = Check {
    id: "BOLA-15",
    name: "deleted-object-readable",
    title: "A deleted object can still be read",
    family: Family::Bola,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::ReadBack, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(672),
    owasp: &[Owasp::Api(1)],
    criteria: &["PI1.4", "C1.2"],
    page: include_str!("alive_after_delete.md"),
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
    let who = ctx.anyone().unwrap_or(Who::A);
    let own = own(ctx, tape, &act, who, "object")?;
    let write = Write::new(ctx, &act, &own, "removal")?;
    let removed = tape.send(write.by(who))?;
    let envelope = removed.answer().json().is_some_and(|json| is_error_envelope(&json));
    if !removed.is_success() || removed.status == 202 || envelope {
        let because = format!("{who} could not remove its own object: {}", removed.status);
        return Ok(Verdict::inconclusive(because));
    }
    let (mut took, mut read) = effect(tape, &own, &write, own.read.answer())?;
    if took == Effect::None {
        tape.pause(SETTLING_MS)?;
        (took, read) = effect(tape, &own, &write, own.read.answer())?;
    }
    match took {
        Effect::Took => return Ok(Verdict::Pass),
        Effect::Unclear => {
            let because = format!("{who} was answered {} when it read it again", read.status);
            return Ok(Verdict::inconclusive(because));
        }
        Effect::None => (),
    }
    if says_deleted(own.read.answer(), read.answer()) || !holds_marker(read.answer(), &own.marker) {
        return Ok(Verdict::Pass);
    }
    let summary = format!("{who} deleted an object and could still read it");
    Ok(Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Confirmed, summary)
            .because(format!("the removal was answered {}", removed.status))
            .because("the object was read again twice, the second time after a pause")
            .because("it still holds its marker and does not say of itself that it is deleted")
            .shown_by([removed.index, read.index, own.read.index]),
    ))
}

/// Whether an object that is kept says so: a bin, an archive, a cancelled order.
fn says_deleted(before: &Answer, after: &Answer) -> bool {
    let words = ["deleted", "archiv", "cancel", "removed", "inactive", "trash", "closed", "void"];
    let said = |answer: &Answer| -> Vec<String> {
        let found = crate::oracle::leaves::leaves(answer).into_iter();
        let told = found.filter(|leaf| {
            let (key, value) = (leaf.key(), leaf.value.to_ascii_lowercase());
            words.iter().any(|word| key.contains(word) && value != "false" || value == *word)
                || words.iter().any(|word| key.contains("stat") && value.contains(word))
                || key == "active" && value == "false"
        });
        told.map(|leaf| format!("{}={}", leaf.path, leaf.value)).collect()
    };
    said(after) != said(before)
}
