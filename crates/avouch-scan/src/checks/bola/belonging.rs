//! Whose an object is that the scan made for A, told from what lists show and what it names.

use crate::context::Context;
use crate::objects::{self, Made, Recipe, kin};
use crate::oracle::leaves::leaves;
use crate::oracle::markers::holds_marker;
use crate::oracle::ownership;
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::Tape;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Operation;
use avouch_model::severity::{Confidence, Severity};

/// Where the collection shows a new object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// To A and not to B: each sees their own part.
    OwnerOnly,
    /// To B too, with its marker.
    Both,
    /// To B too, by its id or name alone.
    Named,
    /// To neither, or there is no list.
    Untold,
}

/// Asks the collection, as B and then as A.
pub(super) fn listed(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    recipe: Recipe<'_>,
    made: &Made<'_>,
    marker: &str,
) -> Result<Listing, Step> {
    let Some(list) = objects::list_of(ctx, recipe, &made.parents) else {
        return Ok(Listing::Untold);
    };
    let shows = |answer: &Answer| !refuses(answer) && holds_marker(answer, marker);
    let names = |answer: &Answer| {
        let listed = !answer.json().is_some_and(|json| json.is_object() && !is_listing(&json));
        !refuses(answer) && listed && objects::record_in(answer, &made.id, marker).is_some()
    };
    let to_b = tape.send(list.clone().by(Who::B))?;
    if shows(to_b.answer()) {
        return Ok(Listing::Both);
    }
    if names(to_b.answer()) {
        return Ok(Listing::Named);
    }
    // An empty list is an answer here; an error is not.
    let readable = to_b.is_success();
    let to_a = tape.send(list.by(Who::A))?;
    let to_owner = shows(to_a.answer()) || names(to_a.answer());
    Ok(if readable && to_owner { Listing::OwnerOnly } else { Listing::Untold })
}

/// Whether an object is an envelope around a list.
fn is_listing(json: &serde_json::Value) -> bool {
    let found = crate::oracle::leaves::records(json);
    !found.iter().any(|record| std::ptr::eq(*record, json))
}

/// What it weighs that B reached the object; `None` when it is shared by design as far as can be
/// seen.
pub(super) fn weight(
    listing: Listing,
    named: bool,
) -> Option<(Severity, Confidence, &'static str)> {
    match (listing, named) {
        (Listing::OwnerOnly, _) => Some((
            Severity::Critical,
            Confidence::Confirmed,
            "the list shows the object to A and does not show it to B",
        )),
        (Listing::Untold, true) => {
            Some((Severity::Critical, Confidence::Confirmed, "the object names A as its owner"))
        }
        (Listing::Untold, false) => {
            Some((Severity::High, Confidence::Firm, "no list says whose it is"))
        }
        (Listing::Both | Listing::Named, _) => None,
    }
}

/// Things that are somebody's own words wherever they are shown.
const SPEECH: [&str; 12] = [
    "review",
    "comment",
    "message",
    "feedback",
    "reply",
    "rating",
    "answer",
    "question",
    "post",
    "testimonial",
    "opinion",
    "profile",
];

/// Whether an operation is about what one person says.
pub(super) fn is_speech(operation: &Operation) -> bool {
    kin::last_thing(&operation.path).is_some_and(|thing| SPEECH.contains(&thing.as_str()))
}

/// Whether an object names the owner as the one who wrote it, wherever it says so.
pub(super) fn names_author(ctx: &Context<'_>, answer: &Answer, owner: Who, other: Who) -> bool {
    let own = ownership::identifying(ctx, owner, other);
    leaves(answer).iter().any(|leaf| own.contains(&leaf.value))
}
