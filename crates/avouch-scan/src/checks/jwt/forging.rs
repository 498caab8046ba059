//! How a forged token is tried: on operations that refuse nobody's absence, with the valid token
//! proven to live afterwards and a worthless one proven to be refused.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::guarded_operations;
use crate::oracle::refusal::refuses;
use crate::oracle::triad::{from_a_cache, got_the_same, uncached};
use crate::step::{Credential, Forgery, Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::identity::{TokenFacts, Who};
use avouch_model::operation::Method;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// LIMIT: operations on which a forgery is tried, one from each part of the API.
pub(super) const OPERATIONS_MAX: usize = 48;
/// LIMIT: operations on which the rarer spellings of a forgery are tried.
pub(super) const THOROUGH_MAX: usize = 2;

/// The first accepted identity whose credential is a signed token, and what the token says.
pub(super) fn bearer<'a>(ctx: &Context<'a>) -> Option<(Who, &'a TokenFacts)> {
    [Who::A, Who::B, Who::High].into_iter().find_map(|who| {
        let token = ctx.identity(who)?.token.as_ref()?;
        Some((who, token))
    })
}

/// The reads on which forgeries are tried.
pub(super) fn trials<'a>(ctx: &Context<'a>, who: Who) -> Vec<&'a Sample> {
    guarded_operations(ctx, who, OPERATIONS_MAX)
}

/// Whether this operation is the one of its part of the API on which forgeries are tried. When there
/// is none at all the first operation that can be read stands for all, so that it is said.
pub(super) fn is_tried(ctx: &Context<'_>) -> bool {
    let (Some(operation), Some((who, _))) = (ctx.operation, bearer(ctx)) else { return false };
    let trials = trials(ctx, who);
    if trials.is_empty() {
        let first = ctx.catalog.operations.iter().find(|other| other.method == Method::Get);
        return first.is_some_and(|first| first.id == operation.id);
    }
    trials.iter().any(|sample| sample.operation == operation.id)
}

/// Whose token is forged and the read of this operation it is tried on.
///
/// # Errors
/// Ends the check when there is no token, or no operation that asks for one.
pub(super) fn subject<'a>(ctx: &Context<'a>) -> Result<(Who, &'a Sample, usize), Step> {
    let (who, _) = bearer(ctx).ok_or(Step::Done(Verdict::NotApplicable))?;
    let operation = ctx.operation()?;
    let place = trials(ctx, who).into_iter().enumerate();
    let found = place.into_iter().find(|(_, sample)| sample.operation == operation.id);
    found.map(|(place, sample)| (who, sample, place)).ok_or_else(|| {
        let because = format!("no operation was seen that answers {who} and refuses nobody");
        Step::Done(Verdict::inconclusive(because))
    })
}

/// A forgery that was accepted, with the answers that prove it.
#[derive(Debug)]
pub(super) struct Accepted<'t> {
    /// What was done to the token.
    pub(super) forgery: Forgery,
    /// What the forged token got.
    pub(super) forged: Reply<'t>,
    /// What the valid token got right after.
    pub(super) valid: Reply<'t>,
}

/// Tries forgeries in turn; the first that gets what the valid token gets. `None` when all were
/// refused and the valid token still lives.
///
/// # Errors
/// The next step; ends as inconclusive when the valid token is refused after a forged one.
pub(super) fn first_accepted<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    who: Who,
    sample: &Sample,
    forgeries: impl IntoIterator<Item = Forgery>,
) -> Result<Option<Accepted<'t>>, Step> {
    for forgery in forgeries {
        let forged = tape.send(forged_request(sample, who, forgery.clone()))?;
        if refuses(forged.answer()) || ctx.target.not_found.is_not_found(forged.answer()) {
            continue;
        }
        let valid = living(tape, who, sample)?;
        if got_the_same(ctx, &valid, &forged, &moving(ctx, sample)) {
            if from_a_cache(forged.answer()) {
                let because = "a cache answered in the target's place";
                return Err(Step::Done(Verdict::inconclusive(because)));
            }
            return Ok(Some(Accepted { forgery, forged, valid }));
        }
    }
    Ok(None)
}

/// Reads with the valid token, which must still be accepted: a target that locks out a token after
/// forgeries of it would else look as if it refused them.
pub(super) fn living<'t>(
    tape: &mut Tape<'t>,
    who: Who,
    sample: &Sample,
) -> Result<Reply<'t>, Step> {
    let valid = tape.send(uncached(sample.request.clone().by(who)))?;
    if refuses(valid.answer()) {
        let because = format!("{who}'s own token was answered {} after a forged one", valid.status);
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok(valid)
}

/// Proves that the operation refuses what is worthless: no credential, and this control. Returns the
/// two answers.
///
/// # Errors
/// The next step; ends as not applicable when the control is accepted too, since then nothing is
/// looked at and another check says so; as inconclusive when no credential is needed by now.
pub(super) fn worthless_is_refused<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    sample: &Sample,
    accepted: &Accepted<'t>,
    control: Credential,
) -> Result<(Reply<'t>, Reply<'t>), Step> {
    let moving = moving(ctx, sample);
    let none = tape.send(uncached(sample.request.clone().with(Credential::None)))?;
    let worthless = tape.send(uncached(sample.request.clone().with(control)))?;
    if got_the_same(ctx, &accepted.valid, &none, &moving) {
        let because = "nobody was refused at first and is answered by now";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    if got_the_same(ctx, &accepted.valid, &worthless, &moving) {
        return Err(Step::Done(Verdict::NotApplicable));
    }
    Ok((none, worthless))
}

/// The sample's request with a forged token.
pub(super) fn forged_request(sample: &Sample, from: Who, forgery: Forgery) -> Request {
    uncached(sample.request.clone().with(Credential::Forged { from, forgery }))
}

/// The proof that all forgeries have in common.
pub(super) fn proof(
    who: Who,
    accepted: &Accepted<'_>,
    controls: (Reply<'_>, Reply<'_>),
    what: &str,
) -> Proof {
    let (none, worthless) = controls;
    let summary = format!("{what} made from {who}'s got the answer that {who} got");
    Proof::new(Severity::Critical, Confidence::Confirmed, summary)
        .because(format!("with {who}'s own token, after the forged one: {}", accepted.valid.status))
        .because(format!("with the forged one: {} and the same content", accepted.forged.status))
        .because(format!("without any: {}, nothing of it", none.status))
        .because(format!("with a worthless one: {}, nothing of it", worthless.status))
        .shown_by([accepted.forged.index, worthless.index, none.index, accepted.valid.index])
}

fn moving(ctx: &Context<'_>, sample: &Sample) -> BTreeSet<String> {
    ctx.corpus.volatile(&sample.operation)
}
