//! One cheap read, asked again and again: what the checks of limits have in common.

use crate::context::Context;
use crate::corpus::Sample;
use crate::danger;
use crate::oracle::refusal::refuses;
use avouch_model::identity::Who;
use avouch_model::operation::Method;

/// LIMIT: requests of a burst.
pub(super) const BURST_MAX: usize = 60;

/// The read that costs the target least, as somebody with a credential, else as nobody.
pub(super) fn cheapest<'a>(ctx: &Context<'a>) -> Option<(Who, &'a Sample)> {
    let who = ctx.anyone().unwrap_or(Who::Nobody);
    [who, Who::Nobody].into_iter().find_map(|who| {
        let reads = ctx.catalog.operations.iter().filter(|operation| {
            operation.method == Method::Get && danger::leave_alone(operation).is_none()
        });
        let good = reads.filter_map(|operation| {
            ctx.corpus
                .of(&operation.id, who)
                .find(|sample| sample.success().is_some_and(|answer| !refuses(answer)))
        });
        let took = |sample: &&Sample| sample.answer().map_or(u64::MAX, |a| a.timing.total_us);
        good.min_by_key(|sample| (took(sample), sample.request.target.clone())).map(|s| (who, s))
    })
}
