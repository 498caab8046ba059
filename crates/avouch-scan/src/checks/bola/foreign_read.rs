//! BOLA-01: an identity reads what is another's, with a request of the owner's and nothing written.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control;
use crate::checks::bola::target::{Target, got, shown, targets};
use crate::context::Context;
use crate::objects::kin;
use crate::oracle::leaves::Leaf;
use crate::oracle::ownership::{self, Ownership};
use crate::oracle::triad::uncached;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// BOLA-01
pub(super) const CHECK: Check = Check {
    id: "BOLA-01",
    name: "other-users-object-readable",
    title: "Another user's object can be read",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::RandomControl, Oracle::Similarity],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("foreign_read.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|o| o.method == Method::Get && !kin::choosing(o).is_empty())
}

/// Asks for what is one identity's as the other: also of the fields of graphs.
pub(crate) fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let mut unclear = None;
    for (owner, reader) in [(Who::A, Who::B), (Who::B, Who::A)] {
        let targets = targets(ctx, operation, owner, reader, &mut unclear);
        if !targets.is_empty() {
            return ask(ctx, tape, &targets, owner, reader);
        }
    }
    if ctx.baseline(Who::B).is_err() {
        ctx.baseline(Who::A)?;
    }
    Ok(unclear.map_or(Verdict::NotApplicable, Verdict::inconclusive))
}

fn ask(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    targets: &[Target<'_>],
    owner: Who,
    reader: Who,
) -> Flow {
    let mut doubt = None;
    for target in targets {
        let request = uncached(target.sample.request.clone());
        let reply = tape.send(request.by(reader))?;
        if got(ctx, target, reply.answer()) {
            return prove(ctx, tape, target, &reply, owner, reader);
        }
        doubt = doubt.or(control::no_refusal(ctx, reply.answer(), reader));
    }
    if let Some(why) = doubt {
        return Ok(Verdict::inconclusive(why));
    }
    let Some(first) = targets.first() else { return Ok(Verdict::NotApplicable) };
    control::still_there(tape, uncached(first.sample.request.clone()), owner)
}

fn prove(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    target: &Target<'_>,
    reply: &Reply<'_>,
    owner: Who,
    reader: Who,
) -> Result<Verdict, Step> {
    let request = uncached(target.sample.request.clone());
    let nobody = tape.send(request.clone().by(Who::Nobody))?;
    if got(ctx, target, nobody.answer()) {
        // Open to everybody: a matter of authentication, reported there.
        return Ok(Verdict::Pass);
    }
    let control = control::random_id(ctx, tape, &request.by(reader), reply)?;
    let places: BTreeSet<&str> = shown(target, reply.answer()).map(|leaf| &*leaf.path).collect();
    let places: Vec<&str> = places.into_iter().take(6).collect();
    let (severity, confidence) = weight(target);
    let summary = format!("{reader} sent {owner}'s request and got {owner}'s object");
    let places = places.join(", ");
    let secrecy = match (target.private, target.telling.is_empty()) {
        (_, true) => format!("the answer to {reader} is {owner}'s in every value"),
        (true, _) => {
            format!("values only {owner} was ever shown are in the answer to {reader}: {places}")
        }
        (false, _) => format!("the answer to {reader} names {owner}: {places}"),
    };
    Ok(Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because(target.ownership.sentence(owner, reader))
            .because(secrecy)
            .because(format!("nobody is not given it: {}", nobody.status))
            .because(format!("an id that was never issued is not a hit: {}", control.status))
            .between(owner, reader)
            .shown_by([reply.index, nobody.index, control.index]),
    ))
}

/// A member's profile that shows an e-mail address is bad, and not as bad as an order or a record.
fn weight(target: &Target<'_>) -> (Severity, Confidence) {
    let contact =
        |leaf: &Leaf| Placeholder::parse(&leaf.value).is_some_and(|p| p.class == DataClass::Email);
    let slight = target.telling.iter().all(contact);
    match (&target.ownership, target.private) {
        (Ownership::Address(_) | Ownership::Secret(_), _) | (_, false) => {
            (Severity::High, Confidence::Firm)
        }
        (Ownership::Field(leaf), true) if ownership::is_team_place(&leaf.path) => {
            (Severity::High, Confidence::Firm)
        }
        (Ownership::List(list), true) if ownership::is_callers_list(list) => {
            (Severity::High, Confidence::Firm)
        }
        (_, true) if slight => (Severity::High, Confidence::Confirmed),
        (_, true) => (Severity::Critical, Confidence::Confirmed),
    }
}
