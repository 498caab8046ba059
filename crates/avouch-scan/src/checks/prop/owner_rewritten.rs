//! PROP-09: whoever creates an object names another as its owner.

use super::assigning::field;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::{self, Draft, Recipe, accepted};
use crate::oracle::administrative::mark;
use crate::oracle::leaves::{leaves_of, plain_key};
use crate::oracle::ownership::{identifying, is_owner_place, names_owner};
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// LIMIT: envelopes around a record that are looked into.
const ENVELOPES_MAX: usize = 2;

/// PROP-09
pub(super) const CHECK: Check = Check {
    id: "PROP-09",
    name: "owner-assignable",
    title: "Whoever creates an object may name another as its owner",
    family: Family::Prop,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Canary, Oracle::PrivateSet, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(915),
    owasp: &[Owasp::Api(3)],
    criteria: &["CC6.1"],
    page: include_str!("owner_rewritten.md"),
    applies: |ctx| {
        ctx.operation.is_some_and(|operation| {
            // What administrators make is another question.
            operation.method == Method::Post
                && mark(operation).is_none()
                && objects::recipe_of_create(ctx, operation).is_some()
        })
    },
    run,
};

/// The property that names the owner, A's value there and B's.
struct Owner {
    name: String,
    own: Value,
    other: Value,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(recipe) = objects::recipe_of_create(ctx, ctx.operation()?) else {
        return Ok(Verdict::NotApplicable);
    };
    let (control, body, marker) = create(ctx, tape, recipe, None, "control")?;
    let made = objects::find(ctx, tape, recipe, Who::A, control, &body, &marker)?;
    let natural = tape.send(made.read.clone())?;
    let record = objects::record_in(natural.answer(), &made.id, &marker).unwrap_or_default();
    if refuses(natural.answer()) || record.is_null() {
        let because = format!("what was created cannot be read: {}", natural.status);
        return Ok(Verdict::inconclusive(because));
    }
    let Some(owner) = owner(ctx, &record) else {
        return Ok(Verdict::inconclusive("nothing that is read names A as the owner"));
    };
    // What B sees of A's ordinary object it sees anyway.
    let theirs = tape.send(made.read.by(Who::B))?;
    let shared = !refuses(theirs.answer())
        && objects::record_in(theirs.answer(), &made.id, &marker).is_some();
    let first = trial(ctx, tape, recipe, &owner, shared, "first")?;
    let Some(first) = first else { return Ok(Verdict::Pass) };
    let second = trial(ctx, tape, recipe, &owner, shared, "second")?;
    let offered = super::privileged::offers(recipe.media)
        .iter()
        .any(|name| plain_key(name) == plain_key(&owner.name));
    let confidence = match &second {
        None => Confidence::Tentative,
        Some(second) if first.seen_by_other && second.seen_by_other && !offered => {
            Confidence::Confirmed
        }
        Some(_) => Confidence::Firm,
    };
    let Owner { name, own, other } = &owner;
    let summary = format!("A created an object that belongs to B by sending `{name}`");
    let mut proof = Proof::new(Severity::High, confidence, summary)
        .about(name.clone())
        .because(format!("by itself `{name}` is A's ({own}); sent as B's ({other}), it was kept"))
        .between(Who::B, Who::A);
    if first.seen_by_other {
        proof = proof.because("B is shown the object and its marker, and not A's ordinary one");
    } else {
        proof = proof.because("an independent read shows B as its owner");
    }
    proof = proof.because(match second {
        Some(_) => "it was so a second time",
        None => "a second time it was not",
    });
    let shown_by = first.shown_by.into_iter().chain(second.into_iter().flat_map(|s| s.shown_by));
    Ok(Verdict::fail(proof.shown_by(shown_by.chain([natural.index]))))
}

/// What came of naming another.
struct Kept {
    seen_by_other: bool,
    shown_by: Vec<usize>,
}

/// Creates in B's name; `None` when it is refused or the owner is A all the same.
fn trial(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    recipe: Recipe<'_>,
    owner: &Owner,
    shared: bool,
    label: &str,
) -> Result<Option<Kept>, Step> {
    let (created, body, marker) = create(ctx, tape, recipe, Some(owner), label)?;
    if (400..500).contains(&created.status) || created.is_success() && !accepted(created.answer()) {
        return Ok(None);
    }
    let made = objects::find(ctx, tape, recipe, Who::A, created, &body, &marker)?;
    let own = tape.send(made.read.clone())?;
    let record = objects::record_in(own.answer(), &made.id, &marker);
    let record = record.filter(|_| !refuses(own.answer()));
    let named = |record: &Value| field(record, &owner.name, ENVELOPES_MAX) == Some(&owner.other);
    let named_other = record.as_ref().is_some_and(named);
    if record.is_some() && !named_other {
        return Ok(None);
    }
    let mut shown_by = vec![created.index, own.index];
    let mut seen_by_other = false;
    if !shared {
        let theirs = tape.send(made.read.by(Who::B))?;
        shown_by.push(theirs.index);
        let record = objects::record_in(theirs.answer(), &made.id, &marker);
        seen_by_other = !refuses(theirs.answer())
            && record.is_some_and(|r| named(&r) || r.to_string().contains(&marker));
    }
    if !named_other && !seen_by_other {
        let because = "neither A nor B can read what was created in B's name";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok(Some(Kept { seen_by_other, shown_by }))
}

fn create<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
    owner: Option<&Owner>,
    label: &str,
) -> Result<(Reply<'t>, Value, String), Step> {
    let Draft { mut body, marker, .. } = objects::draft(ctx, recipe, Who::A, label)?;
    if let (Some(owner), Some(members)) = (owner, body.as_object_mut()) {
        members.insert(owner.name.clone(), owner.other.clone());
    }
    let created = tape.send(objects::creation(ctx, recipe, Who::A, &body, &marker)?)?;
    Ok((created, body, marker))
}

/// The property of a record that names A as the one it belongs to, and what would name B there.
fn owner(ctx: &Context<'_>, record: &Value) -> Option<Owner> {
    let own = identifying(ctx, Who::A, Who::B);
    leaves_of(record).into_iter().find_map(|leaf| {
        let shallow = !leaf.path.contains('*') && leaf.path.matches('/').count() <= 2;
        let names = shallow && is_owner_place(&leaf.path) && names_owner(&leaf);
        let name = leaf.path.rsplit('/').next().filter(|_| names && own.contains(&leaf.value))?;
        let value = field(record, name, ENVELOPES_MAX)?.clone();
        let other = others(ctx, name, &leaf.value)?;
        let other =
            if value.is_number() { other.parse::<u64>().ok()?.into() } else { other.into() };
        Some(Owner { name: name.to_owned(), own: value, other })
    })
}

/// What names B where that value names A: what B was answered under the same name, else a value that
/// identifies B and is of the same kind.
fn others(ctx: &Context<'_>, name: &str, own: &str) -> Option<String> {
    let theirs = identifying(ctx, Who::B, Who::A);
    let named = ctx.corpus.named(Who::B, &plain_key(name)).iter().map(|(value, _)| value);
    let same = named.into_iter().find(|value| theirs.contains(*value));
    let class = |value: &str| Placeholder::parse(value).map(|placeholder| placeholder.class);
    let form = |value: &str| {
        (value.bytes().all(|b| b.is_ascii_digit()), value.contains('-'), class(value))
    };
    same.or_else(|| theirs.iter().find(|value| form(value) == form(own))).cloned()
}
