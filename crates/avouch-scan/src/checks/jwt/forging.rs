//! How a forged token is tried: on operations that refuse nobody's absence, with the valid token
//! proven to live and a worthless one proven to be refused.
//!
//! The checks of this family put the same questions where they can ([`Request::shared`]): what a
//! token with a wrong signature gets is asked once, whoever wants to know.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::{representatives, turns_away};
use crate::oracle::leaves::{Leaf, leaves};
use crate::oracle::refusal::refuses;
use crate::oracle::triad::{from_a_cache, got_the_same, uncached};
use crate::step::{Credential, Forgery, Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::{TokenFacts, Who};
use avouch_model::operation::Method;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// The first accepted identity whose credential is a signed token, and what the token says.
pub(super) fn bearer<'a>(ctx: &Context<'a>) -> Option<(Who, &'a TokenFacts)> {
    [Who::A, Who::B, Who::High].into_iter().find_map(|who| {
        let token = ctx.identity(who)?.token.as_ref()?;
        Some((who, token))
    })
}

/// Whether the token is signed with a secret rather than a key pair (RFC 7518, section 3.2).
pub(super) fn is_hmac(token: &TokenFacts) -> bool {
    token.algorithm.to_ascii_uppercase().starts_with("HS")
}

/// Whether this operation is the one of its part of the API on which forgeries are tried. When there
/// is none at all the first operation that can be read stands for all, so that it is said.
pub(super) fn is_tried(ctx: &Context<'_>) -> bool {
    let (Some(operation), Some((who, _))) = (ctx.operation, bearer(ctx)) else { return false };
    let trials = representatives(ctx, who);
    if trials.is_empty() {
        let first = ctx.catalog.operations.iter().find(|other| other.method == Method::Get);
        return first.is_some_and(|first| first.id == operation.id);
    }
    trials.iter().any(|sample| sample.operation == operation.id)
}

/// On what a forgery is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial<'a> {
    /// Whose token is the model.
    pub(super) who: Who,
    /// What that token says.
    pub(super) token: &'a TokenFacts,
    /// A read that the token opens and that refuses nobody's absence.
    pub(super) sample: &'a Sample,
    /// Whether it is the first of all, on which the rarer forgeries are tried too.
    pub(super) first: bool,
}

/// The trial on this operation.
///
/// # Errors
/// Ends the check when there is no token, or no operation that asks for one.
pub(super) fn trial<'a>(ctx: &Context<'a>) -> Result<Trial<'a>, Step> {
    let operation = ctx.operation()?;
    let found = trials(ctx)?.into_iter().find(|trial| trial.sample.operation == operation.id);
    found.ok_or(Step::Done(Verdict::NotApplicable))
}

/// Every trial, for checks that are about the target as a whole.
///
/// # Errors
/// Ends the check when there is no token, or no operation that asks for one.
pub(super) fn trials<'a>(ctx: &Context<'a>) -> Result<Vec<Trial<'a>>, Step> {
    let (who, token) = bearer(ctx).ok_or(Step::Done(Verdict::NotApplicable))?;
    trials_of(ctx, who, token)
}

/// Every trial with that identity's token.
///
/// # Errors
/// Ends the check when there is no operation that asks for one.
pub(super) fn trials_of<'a>(
    ctx: &Context<'a>,
    who: Who,
    token: &'a TokenFacts,
) -> Result<Vec<Trial<'a>>, Step> {
    let samples = representatives(ctx, who);
    if samples.is_empty() {
        let because = format!("no operation was seen that answers {who} and refuses nobody");
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    let each = samples.into_iter().enumerate();
    Ok(each.map(|(place, sample)| Trial { who, token, sample, first: place == 0 }).collect())
}

impl Trial<'_> {
    /// The read with the token forged.
    fn forged(&self, forgery: Forgery) -> Request {
        self.with(Credential::Forged { from: self.who, forgery })
    }

    /// The read with that credential; what it gets may be told to other checks.
    pub(super) fn with(&self, credential: Credential) -> Request {
        uncached(self.sample.request.clone().with(credential)).shared()
    }

    /// Places in the answer that differ between two equal requests.
    pub(super) fn moving(&self, ctx: &Context<'_>) -> BTreeSet<String> {
        ctx.corpus.volatile(&self.sample.operation)
    }

    /// A token with a wrong signature: what must be refused wherever signatures are verified.
    pub(super) fn wrongly_signed(&self) -> Credential {
        Credential::Forged { from: self.who, forgery: Forgery::SignatureRandom }
    }
}

/// A forgery that was accepted, with the answers that prove it.
#[derive(Debug)]
pub(super) struct Accepted<'t> {
    /// What was done to the token.
    pub(super) forgery: Forgery,
    /// What the forged token got.
    pub(super) forged: Reply<'t>,
    /// What the valid token got.
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
    trial: &Trial<'_>,
    forgeries: impl IntoIterator<Item = Forgery>,
) -> Result<Option<Accepted<'t>>, Step> {
    for forgery in forgeries {
        if let Some(accepted) = accepted(ctx, tape, trial, forgery)? {
            return Ok(Some(accepted));
        }
    }
    still_lives(ctx, tape, trial)?;
    Ok(None)
}

/// Tries one forgery.
pub(super) fn accepted<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    trial: &Trial<'_>,
    forgery: Forgery,
) -> Result<Option<Accepted<'t>>, Step> {
    let forged = tape.send(trial.forged(forgery.clone()))?;
    if refuses(forged.answer()) || ctx.target.not_found.is_not_found(forged.answer()) {
        return Ok(None);
    }
    let valid = tape.send(trial.with(Credential::Of(trial.who)))?;
    alive(trial.who, &valid)?;
    let moving = trial.moving(ctx);
    if !got_the_same(ctx, &valid, &forged, &moving) {
        return again(ctx, tape, trial, forgery, (&valid, &forged));
    }
    if from_a_cache(forged.answer()) {
        let because = "a cache answered in the target's place";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok(Some(Accepted { forgery, forged, valid }))
}

/// The same but for numbers: something may have moved since the valid token was last asked
/// with, such as a balance. Both are asked once more, one right after the other.
fn again<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    trial: &Trial<'_>,
    forgery: Forgery,
    (valid, forged): (&Reply<'_>, &Reply<'_>),
) -> Result<Option<Accepted<'t>>, Step> {
    if !only_numbers_differ(valid.answer(), forged.answer()) {
        return Ok(None);
    }
    let fresh = |credential| uncached(trial.sample.request.clone().with(credential));
    let credential = Credential::Forged { from: trial.who, forgery: forgery.clone() };
    let forged = tape.send(fresh(credential))?;
    let valid = tape.send(fresh(Credential::Of(trial.who)))?;
    alive(trial.who, &valid)?;
    let same = !refuses(forged.answer())
        && got_the_same(ctx, &valid, &forged, &trial.moving(ctx))
        && !from_a_cache(forged.answer());
    Ok(same.then_some(Accepted { forgery, forged, valid }))
}

/// Whether two answers hold the same in the same places, but for numbers.
fn only_numbers_differ(one: &Answer, other: &Answer) -> bool {
    let (one, other) = (leaves(one), leaves(other));
    let number = |leaf: &Leaf| leaf.value.parse::<f64>().is_ok();
    let pairs = || one.iter().zip(&other);
    !one.is_empty()
        && one.len() == other.len()
        && pairs().all(|(a, b)| a.path == b.path && (a.value == b.value || number(a) && number(b)))
}

/// Reads with the valid token, unless the heartbeat does: a target that locks out a token after
/// forgeries of it would else look as if it refused them. The heartbeat hears a session die where
/// nobody is refused by status; elsewhere only the content tells.
pub(super) fn still_lives(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    trial: &Trial<'_>,
) -> Result<(), Step> {
    let mut nobody = ctx.corpus.of(&trial.sample.operation, Who::Nobody).peekable();
    let heard = nobody.peek().is_some() && nobody.all(|s| s.answer().is_some_and(turns_away));
    if heard {
        return Ok(());
    }
    let valid = tape.send(uncached(trial.sample.request.clone().by(trial.who)))?;
    alive(trial.who, &valid)
}

/// Whether the valid token got anything.
///
/// # Errors
/// Ends the check as inconclusive when it did not.
pub(super) fn alive(who: Who, valid: &Reply<'_>) -> Result<(), Step> {
    if refuses(valid.answer()) {
        let because = format!("{who}'s own token was answered {} after a forged one", valid.status);
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok(())
}

/// Proves that the operation refuses what is worthless: this control, and no credential. Returns the
/// two answers.
///
/// # Errors
/// The next step; ends as not applicable when the control is accepted too, since then nothing is
/// looked at and another check says so; as inconclusive when no credential is needed by now.
pub(super) fn worthless_is_refused<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    trial: &Trial<'_>,
    accepted: &Accepted<'t>,
    control: Credential,
) -> Result<(Reply<'t>, Reply<'t>), Step> {
    let moving = trial.moving(ctx);
    let worthless = tape.send(trial.with(control))?;
    if got_the_same(ctx, &accepted.valid, &worthless, &moving) {
        return Err(Step::Done(Verdict::NotApplicable));
    }
    let none = tape.send(trial.with(Credential::None))?;
    if got_the_same(ctx, &accepted.valid, &none, &moving) {
        let because = "nobody was refused at first and is answered by now";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok((none, worthless))
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
        .because(format!("with {who}'s own token: {}", accepted.valid.status))
        .because(format!("with the forged one: {} and the same content", accepted.forged.status))
        .because(format!("without any: {}, nothing of it", none.status))
        .because(format!("with a worthless one: {}, nothing of it", worthless.status))
        .shown_by([accepted.forged.index, worthless.index, none.index, accepted.valid.index])
}
