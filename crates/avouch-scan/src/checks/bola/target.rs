//! Objects that are somebody's, with what would prove that another got them: what the checks of this
//! family aim at.

use crate::context::Context;
use crate::corpus::Sample;
use crate::graphs;
use crate::objects::kin;
use crate::oracle::leaves::{Leaf, leaves};
use crate::oracle::ownership::{self, Claim, Ownership};
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::{same_shape, similarity};
use crate::step::Step;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use std::collections::BTreeSet;

/// LIMIT: objects of the owner's that are tried at one operation.
const OBJECTS_MAX: usize = 3;

/// Values an object must have to be recognised by all of them together.
const WHOLE_MIN: usize = 3;

/// An object that is somebody's, and what would prove that another got it.
pub(super) struct Target<'a> {
    pub(super) sample: &'a Sample,
    pub(super) ownership: Ownership,
    pub(super) telling: Vec<Leaf>,
    /// Whether some of it was seen by its owner alone.
    pub(super) private: bool,
}

/// Objects of the owner's that this operation reads and the reader is not shown. Why there may be
/// more is left in `unclear`.
pub(super) fn targets<'a>(
    ctx: &Context<'a>,
    operation: &Operation,
    owner: Who,
    reader: Who,
    unclear: &mut Option<String>,
) -> Vec<Target<'a>> {
    let mut found: Vec<Target<'a>> = Vec::new();
    for sample in ctx.samples(owner) {
        // A field of a graph that was told no id says what is the caller's.
        let tells = || graphs::key_input(ctx.catalog, operation, &sample.request).is_some();
        if operation.graph.is_some() && !tells() {
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

/// Whether the answer is of the object's shape and holds what only its owner should see.
pub(super) fn got(ctx: &Context<'_>, target: &Target<'_>, answer: &Answer) -> bool {
    let Some(original) = target.sample.success() else { return false };
    if refuses(answer) || !same_shape(original, answer) {
        return false;
    }
    if target.telling.is_empty() {
        return similarity(original, answer, &ctx.volatile()) >= 1.0;
    }
    shown(target, answer).next().is_some()
}

/// What of it an answer holds.
pub(super) fn shown<'t>(
    target: &'t Target<'_>,
    answer: &Answer,
) -> impl Iterator<Item = &'t Leaf> + use<'t> {
    let there: BTreeSet<Leaf> = leaves(answer).into_iter().collect();
    target.telling.iter().filter(move |leaf| there.contains(*leaf))
}

/// The first object that is plainly somebody's, with whose it is and who may not have it.
pub(super) fn first<'a>(
    ctx: &Context<'a>,
    operation: &Operation,
) -> Option<(Target<'a>, Who, Who)> {
    [(Who::A, Who::B), (Who::B, Who::A)].into_iter().find_map(|(owner, reader)| {
        let found = targets(ctx, operation, owner, reader, &mut None);
        found.into_iter().find(|target| target.private).map(|target| (target, owner, reader))
    })
}

/// As [`first`], for questions that cannot be asked without one.
///
/// # Errors
/// Ends as inconclusive when there is none.
pub(super) fn plainly_own<'a>(
    ctx: &Context<'a>,
    operation: &Operation,
) -> Result<(Target<'a>, Who, Who), Step> {
    first(ctx, operation)
        .ok_or_else(|| Step::inconclusive("no object here is plainly one identity's own"))
}

/// Whether the operation is one of the first so many that read single objects of people: for
/// questions that one way of writing handlers answers for all.
pub(super) fn is_representative(ctx: &Context<'_>, operation: &Operation, at_most: usize) -> bool {
    let reads = ctx.catalog.operations.iter().filter(|o| {
        o.method == Method::Get
            && !kin::choosing(o).is_empty()
            && !ownership::is_shared_by_nature(o)
            && [Who::A, Who::B]
                .into_iter()
                .any(|who| ctx.corpus.of(&o.id, who).any(|sample| sample.success().is_some()))
    });
    reads.take(at_most).any(|o| o.id == operation.id)
}

/// Whether an answer, whatever its form, holds values of the object that only its owner was shown;
/// every one where there are few, two where there are more.
pub(super) fn leaks(target: &Target<'_>, answer: &Answer) -> bool {
    let values: BTreeSet<&str> = target.telling.iter().map(|leaf| leaf.value.as_str()).collect();
    let held = values.iter().filter(|value| answer.body.contains(**value)).count();
    target.private && !refuses(answer) && held >= values.len().min(2)
}
