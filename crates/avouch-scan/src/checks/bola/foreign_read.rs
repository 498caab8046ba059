//! BOLA-01: an identity reads what is another's, with a request of the owner's and nothing written.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::control::{self, Control};
use crate::context::Context;
use crate::corpus::Sample;
use crate::objects::kin;
use crate::oracle::leaves::{Leaf, leaves};
use crate::oracle::ownership::{self, Claim, Ownership};
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::{same_shape, similarity};
use crate::oracle::triad::uncached;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// LIMIT: objects of the owner's that are tried at one operation.
const OBJECTS_MAX: usize = 3;

/// Values an object must have to be recognised by all of them together.
const WHOLE_MIN: usize = 3;

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

/// An object that is somebody's, and what would prove that another got it.
struct Target<'a> {
    sample: &'a Sample,
    ownership: Ownership,
    telling: Vec<Leaf>,
    /// Whether some of it was seen by its owner alone.
    private: bool,
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

fn targets<'a>(
    ctx: &Context<'a>,
    operation: &Operation,
    owner: Who,
    reader: Who,
    unclear: &mut Option<String>,
) -> Vec<Target<'a>> {
    let mut found: Vec<Target<'a>> = Vec::new();
    for sample in ctx.samples(owner) {
        // A field of a graph that was told no id says what is the caller's.
        if operation.graph.is_some() && sample.bindings.is_empty() {
            continue;
        }
        if found.len() >= OBJECTS_MAX || found.iter().any(|t| t.sample.request == sample.request) {
            continue;
        }
        match ownership::claim(ctx, operation, sample, owner, reader) {
            Claim::Unclear(why) => *unclear = Some(why),
            Claim::Shared => (),
            Claim::Owned(ownership) => match target(ctx, sample, ownership, owner, reader) {
                Some(target) => found.push(target),
                None => *unclear = Some(format!("{owner}'s object holds nothing telling")),
            },
        }
    }
    found
}

fn target<'a>(
    ctx: &Context<'a>,
    sample: &'a Sample,
    ownership: Ownership,
    owner: Who,
    reader: Who,
) -> Option<Target<'a>> {
    let asked = |leaf: &Leaf| sample.bindings.iter().any(|binding| binding.value == leaf.value);
    let mut telling = ctx.corpus.private_values(sample, owner);
    telling.retain(|leaf| !leaf.is_public_by_key() && !asked(leaf));
    let private = !telling.is_empty();
    if !private {
        telling = ownership::owner_leaves(ctx, sample.success()?, owner, reader);
        telling.retain(|leaf| !asked(leaf));
    }
    // Too slight to tell by one value: then the whole content must be the same.
    let listed = matches!(&ownership, Ownership::List(list) if !ownership::is_callers_list(list));
    let whole = listed && leaves(sample.success()?).len() >= WHOLE_MIN;
    (!telling.is_empty() || whole).then_some(Target { sample, ownership, telling, private })
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
    // The refusals count only while the object is there and its owner is let in.
    let Some(first) = targets.first() else { return Ok(Verdict::NotApplicable) };
    let own = tape.send(uncached(first.sample.request.clone()).by(owner))?;
    if refuses(own.answer()) {
        let because = format!("{owner} can no longer read its own object: {}", own.status);
        return Ok(Verdict::inconclusive(because));
    }
    Ok(Verdict::Pass)
}

/// Whether the answer is of the object's shape and holds what only its owner should see.
fn got(ctx: &Context<'_>, target: &Target<'_>, answer: &Answer) -> bool {
    let Some(original) = target.sample.success() else { return false };
    if refuses(answer) || !same_shape(original, answer) {
        return false;
    }
    if target.telling.is_empty() {
        return similarity(original, answer, &ctx.volatile()) >= 1.0;
    }
    shown(target, answer).next().is_some()
}

fn shown<'t>(target: &'t Target<'_>, answer: &Answer) -> impl Iterator<Item = &'t Leaf> + use<'t> {
    let there: BTreeSet<Leaf> = leaves(answer).into_iter().collect();
    target.telling.iter().filter(move |leaf| there.contains(*leaf))
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
    let control = match control::random_id(ctx, tape, &request.by(reader), reply)? {
        Control::Refused(control) => control,
        Control::Unclear(why) => return Ok(Verdict::inconclusive(why)),
    };
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
