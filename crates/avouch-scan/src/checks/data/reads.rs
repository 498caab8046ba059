//! What was read of an operation, as the checks of this family look at it.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::block::blocked;
use crate::step::Step;
use avouch_model::identity::Who;
use avouch_model::operation::Operation;
use avouch_model::placeholder::Placeholder;
use avouch_model::verdict::Verdict;

/// Whether the operation is one the corpus reads.
pub(super) fn is_read(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(Operation::is_read)
}

/// Reads of the operation by these that the target itself answered, refusals and errors included.
///
/// # Errors
/// Ends the check as inconclusive when there is none.
pub(super) fn answered<'a>(ctx: &Context<'a>, by: &[Who]) -> Result<Vec<&'a Sample>, Step> {
    let told = |sample: &&Sample| sample.answer().is_some_and(|answer| blocked(answer).is_none());
    let samples: Vec<&Sample> = by.iter().flat_map(|who| ctx.samples(*who)).filter(told).collect();
    if samples.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("nobody was answered by this operation")));
    }
    Ok(samples)
}

/// The verdict over reads in which nothing was found: a pass only if one of them was a success.
pub(super) fn nothing_found(samples: &[&Sample]) -> Verdict {
    if samples.iter().any(|sample| sample.success().is_some()) {
        return Verdict::Pass;
    }
    let statuses =
        || samples.iter().filter_map(|sample| Some((sample.who, sample.answer()?.status)));
    // None of our identities may read it: what it shows to those who may is not our question.
    if statuses().any(|(who, status)| who != Who::Nobody && matches!(status, 403 | 405)) {
        return Verdict::NotApplicable;
    }
    let said: Vec<String> = statuses().map(|(who, status)| format!("{who} {status}")).collect();
    Verdict::inconclusive(format!("it was never read with success: {}", said.join(", ")))
}

/// Whether the value was part of the request: an echo shows nothing.
pub(super) fn was_sent(sample: &Sample, value: &Placeholder) -> bool {
    let request = &sample.request;
    let digest = value.digest.as_str();
    request.target.contains(digest)
        || request.body.as_ref().is_some_and(|body| body.contains(digest))
        || request.headers.iter().any(|(_, header)| header.contains(digest))
}
