//! Controls that the checks of this family share.

use crate::context::{Context, Input, InputPlace};
use crate::graphs;
use crate::inputs::{value_in, with_value};
use crate::objects::kin::is_id;
use crate::oracle::random_like::random_like;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Place;
use avouch_model::verdict::Verdict;

/// Sends the request of a hit with another last id, by the same caller (O5): it must be refused, or
/// answered in another shape than the hit.
///
/// # Errors
/// The next step; ends as inconclusive when it is answered like the hit, or cannot be asked: then the
/// hit proves nothing.
pub(super) fn random_id<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    request: &Request,
    hit: &Reply<'_>,
) -> Result<Reply<'t>, Step> {
    // Whatever chooses an object by its id has one in the request.
    let made_up =
        with_random_id(ctx, request, "random id").ok_or(Step::Done(Verdict::NotApplicable))?;
    let reply = tape.send(made_up)?;
    if reply.status >= 500 {
        // Falling over an unknown id is no refusal and no hit.
        return Err(Step::inconclusive(format!(
            "an id never issued was answered {}",
            reply.status
        )));
    }
    if !refuses(reply.answer())
        && !ctx.target.not_found.is_not_found(reply.answer())
        && same_shape(hit.answer(), reply.answer())
    {
        return Err(Step::inconclusive("an id that was never issued is answered alike"));
    }
    Ok(reply)
}

/// The request with what chooses the object replaced by an id of the same form: the last path
/// parameter, else the parameter of the query.
pub(super) fn with_random_id(ctx: &Context<'_>, request: &Request, label: &str) -> Option<Request> {
    let operation = ctx.operation?;
    if operation.graph.is_some() {
        return graphs::with_random_key(ctx, request, label);
    }
    let outside = || {
        let mut required = operation.parameters.iter().filter(|p| p.required);
        let chosen = required.find(|p| p.place == Place::Query && is_id(&p.name))?;
        Some(Input::Parameter(InputPlace::Query, chosen.name.clone()))
    };
    let in_path = operation.path_parameters().last();
    let in_path = in_path.map(|name| Input::Parameter(InputPlace::Path, name.to_owned()));
    let input = outside().or(in_path)?;
    let id = value_in(request, operation, &ctx.target.base_path, &input)?;
    let made_up = random_like(&ctx.nonces, label, &id);
    with_value(request, operation, &ctx.target.base_path, &input, &made_up)
}

/// Why an answer that is no hit is no refusal of *this* object either; `None` when it is one.
pub(super) fn no_refusal(ctx: &Context<'_>, answer: &Answer, reader: Who) -> Option<String> {
    let let_in = ctx.samples(reader).iter().any(|sample| sample.success().is_some());
    match answer.status {
        500.. => Some(format!("{reader} was answered {}", answer.status)),
        401 | 300..=399 if !let_in => Some(format!(
            "{reader} was answered {} and was never let in here: it may not be about the object",
            answer.status
        )),
        _ => None,
    }
}

/// What comes of it that the reader did not get the object: a pass, while it is this object that was
/// refused, and its owner is let in.
pub(super) fn refused(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    answer: &Answer,
    plain: Request,
    (owner, reader): (Who, Who),
) -> Flow {
    match no_refusal(ctx, answer, reader) {
        Some(why) => Ok(Verdict::inconclusive(why)),
        None => still_there(tape, plain, owner),
    }
}

/// A refusal counts only while the object is there and its owner is let in.
pub(super) fn still_there(tape: &mut Tape<'_>, plain: Request, owner: Who) -> Flow {
    let own = tape.send(plain.by(owner))?;
    if refuses(own.answer()) {
        let because = format!("{owner} can no longer read its own object: {}", own.status);
        return Ok(Verdict::inconclusive(because));
    }
    Ok(Verdict::Pass)
}
