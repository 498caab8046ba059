//! Searches as one identity for words that only the other's records hold.

use crate::context::Context;
use crate::inputs::with_value;
use crate::oracle::leaves::{Leaf, leaves, plain_key};
use crate::oracle::refusal::refuses;
use crate::plan::{Planner, Reach};
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, OperationId, Place};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// Names of parameters that hold what is searched for.
const SEARCHED: [&str; 10] =
    ["q", "query", "search", "term", "keyword", "keywords", "text", "filter", "s", "find"];
/// Least letters of a word that is searched for.
const WORD_LETTERS_MIN: usize = 6;

/// A private value and a word in it.
struct Secret {
    owner: Who,
    reader: Who,
    word: String,
    value: String,
}

/// What searching says; `None` when this is no search, or no word is known to search for.
pub(super) fn verdict(
    ctx: &Context<'_>,
    operation: &Operation,
    tape: &mut Tape<'_>,
) -> Result<Option<Verdict>, Step> {
    let Some(parameter) = operation
        .parameters
        .iter()
        .find(|p| p.place == Place::Query && SEARCHED.contains(&plain_key(&p.name).as_str()))
    else {
        return Ok(None);
    };
    let input = crate::context::Input::Parameter(Place::Query.into(), parameter.name.clone());
    for secret in [(Who::A, Who::B), (Who::B, Who::A)]
        .into_iter()
        .filter_map(|pair| known(ctx, operation, pair))
    {
        let Some(request) = request(ctx, operation, secret.owner) else { continue };
        let base_path = &ctx.target.base_path;
        let Some(asked) = with_value(&request, operation, base_path, &input, &secret.word) else {
            continue;
        };
        let own = tape.send(asked.clone().by(secret.owner))?;
        if !shows(own.answer(), &secret.value) {
            continue;
        }
        let other = tape.send(asked.by(secret.reader))?;
        if !shows(other.answer(), &secret.value) {
            return Ok(Some(Verdict::Pass));
        }
        let Secret { owner, reader, .. } = secret;
        let summary = format!("{reader} searched and was shown a record of {owner}'s");
        let proof = Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!("a word was searched for that only {owner}'s own list holds"))
            .because(format!("{owner}, searching for it, is shown its record"))
            .because(format!("{reader}, searching for it, is shown the same text"))
            .between(owner, reader)
            .shown_by([other.index, own.index]);
        return Ok(Some(Verdict::fail(proof)));
    }
    Ok(None)
}

fn request(ctx: &Context<'_>, operation: &Operation, who: Who) -> Option<Request> {
    let base_path = &ctx.target.base_path;
    let planner = Planner { catalog: ctx.catalog, corpus: ctx.corpus, base_path };
    planner.plans(operation, who, Reach::Answered, 1).into_iter().next().map(|plan| plan.request)
}

/// Whether the answer holds the value as one of its own, rather than an echo of the question.
fn shows(answer: &Answer, value: &str) -> bool {
    !refuses(answer) && leaves(answer).iter().any(|leaf| leaf.value == value)
}

/// A text of the owner's own list of the same resource, which the reader's list does not hold.
fn known(ctx: &Context<'_>, operation: &Operation, (owner, reader): (Who, Who)) -> Option<Secret> {
    let (collection, _) = operation.path.rsplit_once('/')?;
    let list = OperationId::new(&Method::Get, collection);
    let sample = ctx.corpus.of(&list, owner).find(|sample| sample.success().is_some())?;
    ctx.corpus.of(&list, reader).find(|sample| sample.success().is_some())?;
    let values = ctx.corpus.private_values(sample, owner);
    values.into_iter().find_map(|Leaf { value, .. }| {
        let words = value.split(|c: char| !c.is_alphanumeric());
        let word = words.filter(|w| w.chars().all(char::is_alphabetic)).max_by_key(|w| w.len())?;
        // The value must say more than the question, or an echo would look like a record.
        let telling = word.chars().count() >= WORD_LETTERS_MIN && value.len() > word.len() + 4;
        let plain = !value.contains(avouch_model::placeholder::OPEN);
        (telling && plain).then(|| Secret {
            owner,
            reader,
            word: word.to_owned(),
            value: value.clone(),
        })
    })
}
