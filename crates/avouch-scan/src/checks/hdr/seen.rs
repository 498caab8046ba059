//! Every answer the target itself gave before any check ran, with where it came from.
//!
//! In scope: what passive checks about the target as a whole look at. Throttles and block pages are
//! left out: somebody else wrote them.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::block::blocked;
use crate::step::Step;
use avouch_model::exchange::Answer;
use avouch_model::verdict::Verdict;

/// An answer and where it came from.
#[derive(Clone, Debug)]
pub(in crate::checks) struct Seen<'a> {
    /// The operation or path, for a person.
    pub(in crate::checks) place: String,
    /// The answer.
    pub(in crate::checks) answer: &'a Answer,
    /// The read it belongs to; `None` for the front page and for documents.
    pub(in crate::checks) sample: Option<&'a Sample>,
}

impl Seen<'_> {
    /// Whether that text was part of the request: an echo shows nothing.
    pub(in crate::checks) fn was_sent(&self, text: &str) -> bool {
        self.sample.is_some_and(|sample| {
            let request = &sample.request;
            request.target.contains(text)
                || request.body.as_ref().is_some_and(|body| body.contains(text))
                || request.headers.iter().any(|(_, value)| value.contains(text))
        })
    }
}

/// All of them.
///
/// # Errors
/// Ends the check as inconclusive when there is none.
pub(in crate::checks) fn seen<'a>(ctx: &Context<'a>) -> Result<Vec<Seen<'a>>, Step> {
    let target = ctx.target;
    let front = target.front.iter().map(|answer| Seen {
        place: format!("{}/", target.base_path),
        answer,
        sample: None,
    });
    let documents = target.documents.iter().map(|(path, answer)| Seen {
        place: path.clone(),
        answer,
        sample: None,
    });
    let corpus = ctx.corpus;
    let samples = corpus.samples().iter().filter_map(|sample| {
        let answer = sample.answer()?;
        Some(Seen { place: sample.operation.to_string(), answer, sample: Some(sample) })
    });
    let all: Vec<Seen<'a>> = samples
        .chain(front)
        .chain(documents)
        .filter(|seen| blocked(seen.answer).is_none())
        .collect();
    if all.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("no answer of the target was seen")));
    }
    Ok(all)
}
