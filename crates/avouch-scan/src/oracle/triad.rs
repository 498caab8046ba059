//! O1: the control triad.
//!
//! No verdict on authentication without all three: what a valid credential gets (V), what none gets
//! (N) and what garbage of the same form gets (G). Without a valid success nothing can be said.

use crate::context::Context;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::similarity;
use crate::step::{Credential, Request, Step};
use crate::tape::{Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::verdict::Verdict;
use std::collections::BTreeSet;

/// Valid, none, garbage: the three answers.
#[derive(Clone, Copy, Debug)]
pub struct Triad<'t> {
    /// With a valid credential: a success of substance.
    pub valid: Reply<'t>,
    /// Without any.
    pub none: Reply<'t>,
    /// With garbage of the same form.
    pub garbage: Reply<'t>,
}

/// Asks the three. Sends the baseline request of the operation as `who`, fresh.
///
/// # Errors
/// The next step; ends as inconclusive when the valid credential does not get a success.
pub fn ask<'t>(ctx: &Context<'_>, tape: &mut Tape<'t>, who: Who) -> Result<Triad<'t>, Step> {
    let request = ctx.baseline(who)?.request.clone();
    let valid = tape.send(uncached(request.clone().by(who)))?;
    if refuses(valid.answer()) {
        let because = format!("no valid success: {who} was answered {}", valid.status);
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    let none = tape.send(uncached(request.clone().with(Credential::None)))?;
    let garbage = tape.send(uncached(request.with(Credential::Garbage { like: who, salt: 0 })))?;
    Ok(Triad { valid, none, garbage })
}

/// The request with the headers that keep caches from answering in the target's place.
pub fn uncached(request: Request) -> Request {
    request.header("cache-control", "no-cache")
}

/// Whether another caller got what the valid one got: a success of substance that is alike, or that
/// holds values only that identity sees.
pub fn got_the_same(
    ctx: &Context<'_>,
    valid: &Reply<'_>,
    other: &Reply<'_>,
    moving: &BTreeSet<String>,
) -> bool {
    if refuses(other.answer()) || ctx.target.not_found.is_not_found(other.answer()) {
        return false;
    }
    similarity(valid.answer(), other.answer(), moving) >= crate::oracle::similarity::SAME
}
