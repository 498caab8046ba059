//! What B writes to an object that was made for A: what the checks of changing and of removing share.

use super::belonging;
use crate::context::Context;
use crate::objects::writing::{Effect, Own, Write, effect, own};
use crate::objects::{Act, Made};
use crate::oracle::ownership;
use crate::step::Step;
use crate::tape::{Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::severity::{Confidence, Severity};

/// What came of B's write.
pub(super) struct Tried<'t> {
    /// A's object.
    pub(super) own: Own<'t>,
    /// The write.
    pub(super) write: Write,
    /// What B was answered.
    pub(super) by_b: Reply<'t>,
    /// Whether it took effect.
    pub(super) took: bool,
    /// What A read afterwards.
    pub(super) read: Reply<'t>,
}

/// Makes an object as A and writes to it as B.
///
/// # Errors
/// The next step; ends as inconclusive when what A reads afterwards cannot tell.
pub(super) fn by_b<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    act: &Act<'_>,
) -> Result<Tried<'t>, Step> {
    let own = own(ctx, tape, act, Who::A, "object")?;
    let write = Write::new(ctx, act, &own, "by another")?;
    let by_b = tape.send(write.by(Who::B))?;
    let (took, read) = effect(tape, &own, &write, own.read.answer())?;
    if took == Effect::Unclear {
        let because = format!("A was answered {} when it read its object again", read.status);
        return Err(Step::inconclusive(because));
    }
    Ok(Tried { own, write, by_b, took: took == Effect::Took, read })
}

/// What it weighs that B's write took effect, and what says that the object is A's.
///
/// # Errors
/// The next step; ends as inconclusive when nothing says so.
pub(super) fn weight(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    act: &Act<'_>,
    first: &Answer,
    (made, marker): (&Made<'_>, &str),
) -> Result<(Severity, Confidence, &'static str), Step> {
    let named = !ownership::owner_leaves(ctx, first, Who::A, Who::B).is_empty();
    let listing = belonging::listed(ctx, tape, act.recipe, made, marker)?;
    let by_author =
        belonging::is_speech(act.operation) && belonging::names_author(ctx, first, Who::A, Who::B);
    let shared = ownership::is_shared_by_nature(act.operation);
    match belonging::weight(listing, named) {
        Some((_, Confidence::Firm, _)) | None if by_author => {
            Ok((Severity::High, Confidence::Firm, "the object is A's own words, by its name"))
        }
        Some(weight) if weight.1 != Confidence::Firm || !shared => Ok(weight),
        _ => Err(Step::inconclusive(
            "B's write took effect, but both are shown the object and nothing says that only its \
             maker may do this",
        )),
    }
}
