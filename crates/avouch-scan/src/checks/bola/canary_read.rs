//! BOLA-02: an identity reads an object that was made and marked for another.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::belonging::{self, Listing};
use crate::checks::bola::control;
use crate::context::Context;
use crate::objects;
use crate::oracle::markers::holds_marker;
use crate::oracle::ownership;
use crate::oracle::refusal::refuses;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BOLA-02
pub(super) const CHECK: Check = Check {
    id: "BOLA-02",
    name: "marked-object-readable-by-other-user",
    title: "An object made for one user is read by another",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::RandomControl, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("canary_read.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && !ownership::is_shared_by_nature(operation)
            && objects::recipe_of_item(ctx, operation).is_some()
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(recipe) = objects::recipe_of_item(ctx, operation) else {
        return Ok(Verdict::NotApplicable);
    };
    let draft = objects::marked_draft(ctx, recipe, Who::A, "object")?;
    let made = objects::make(ctx, tape, recipe, Who::A, &draft.body, &draft.marker)?;
    let own = tape.send(made.read.clone())?;
    if ownership::says_public(own.answer()) {
        return Ok(Verdict::inconclusive(
            "the object that was made says of itself that it is public",
        ));
    }
    let Some(marker) = draft.shown_in(own.answer()).filter(|_| !refuses(own.answer())) else {
        return Ok(Verdict::inconclusive("A cannot read the marker back from its own object"));
    };
    let by_b = made.read.clone().by(Who::B);
    let reply = tape.send(by_b.clone())?;
    if refuses(reply.answer()) || !holds_marker(reply.answer(), &marker) {
        let doubt = control::no_refusal(ctx, reply.answer(), Who::B);
        return Ok(doubt.map_or(Verdict::Pass, Verdict::inconclusive));
    }
    let nobody = tape.send(made.read.clone().by(Who::Nobody))?;
    if holds_marker(nobody.answer(), &marker) {
        // Open to everybody: a matter of authentication.
        return Ok(Verdict::Pass);
    }
    let random = control::random_id(ctx, tape, &by_b, &reply)?;
    let named = !ownership::owner_leaves(ctx, reply.answer(), Who::A, Who::B).is_empty();
    let listing = belonging::listed(ctx, tape, recipe, &made, &marker)?;
    let secret = draft.is_secret() && listing == Listing::Named;
    let (severity, confidence, why) = match belonging::weight(listing, named) {
        Some(weight) => weight,
        None if secret => (
            Severity::Critical,
            Confidence::Confirmed,
            "lists leave the marker out, and it stands in a property that is called a secret",
        ),
        None => return Ok(Verdict::Pass),
    };
    Ok(Verdict::fail(
        Proof::new(severity, confidence, "B read an object that A had just made, with its marker")
            .because("A created the object with a marker that nobody can guess")
            .because("B asked for it by its id and got the marker")
            .because(why)
            .because(format!("nobody is not given it: {}", nobody.status))
            .because(format!("an id that was never issued is not a hit: {}", random.status))
            .between(Who::A, Who::B)
            .shown_by([reply.index, made.reply.index, own.index, nobody.index, random.index]),
    ))
}
