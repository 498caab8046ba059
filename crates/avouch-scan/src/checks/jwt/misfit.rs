//! How a genuine token is tried that should not open anything: an old one, one for another service.

use super::forging::{Trial, alive};
use crate::context::Context;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::oracle::triad::{from_a_cache, got_the_same};
use crate::step::{Credential, Step};
use crate::tape::{Reply, Tape};
use avouch_model::severity::Confidence;
use avouch_model::verdict::Verdict;

/// A misfit that was accepted.
#[derive(Debug)]
pub(super) struct Accepted<'t> {
    /// What it got.
    pub(super) misfit: Reply<'t>,
    /// What the valid token got.
    pub(super) valid: Reply<'t>,
    /// Whether both got the same; else an answer of the same shape, as another person's would be.
    same: bool,
}

impl Accepted<'_> {
    /// The most that can be claimed of it.
    pub(super) fn confidence(&self) -> Confidence {
        if self.same { Confidence::Confirmed } else { Confidence::Firm }
    }
}

/// Tries the misfit: accepted when it gets what the valid token gets, or the like of it.
pub(super) fn accepted<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    trial: &Trial<'_>,
    credential: &Credential,
) -> Result<Option<Accepted<'t>>, Step> {
    let misfit = tape.send(trial.with(credential.clone()))?;
    if refuses(misfit.answer()) || ctx.target.not_found.is_not_found(misfit.answer()) {
        return Ok(None);
    }
    if *credential == Credential::Of(trial.who) {
        return Ok(Some(Accepted { misfit, valid: misfit, same: true }));
    }
    let valid = tape.send(trial.with(Credential::Of(trial.who)))?;
    alive(trial.who, &valid)?;
    let same = got_the_same(ctx, &valid, &misfit, &trial.moving(ctx));
    if !same && !same_shape(valid.answer(), misfit.answer()) {
        return Ok(None);
    }
    if from_a_cache(misfit.answer()) {
        return Err(Step::Done(Verdict::inconclusive("a cache answered in the target's place")));
    }
    Ok(Some(Accepted { misfit, valid, same }))
}

/// Proves that no token and one with a wrong signature are refused. Returns the two answers.
///
/// # Errors
/// The next step; ends as not applicable when the wrong signature is accepted as well, as
/// inconclusive when no credential is needed by now.
pub(super) fn worthless_is_refused<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    trial: &Trial<'_>,
    accepted: &Accepted<'t>,
) -> Result<(Reply<'t>, Reply<'t>), Step> {
    let is_like = |reply: &Reply<'_>| {
        !refuses(reply.answer())
            && (got_the_same(ctx, &accepted.valid, reply, &trial.moving(ctx))
                || !accepted.same && same_shape(accepted.valid.answer(), reply.answer()))
    };
    let worthless = tape.send(trial.with(trial.wrongly_signed()))?;
    if is_like(&worthless) {
        return Err(Step::Done(Verdict::NotApplicable));
    }
    let none = tape.send(trial.with(Credential::None))?;
    if is_like(&none) {
        let because = "nobody was refused at first and is answered by now";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok((none, worthless))
}
