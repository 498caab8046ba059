//! Runs a check one step further. The one place that does: engine, replay and pages all come here.

use crate::check::{Check, Need};
use crate::context::Context;
use crate::step::Step;
use crate::tape::{Seen, Tape};
use avouch_model::identity::Who;
use avouch_model::verdict::Verdict;

/// LIMIT: steps one run of a check may take.
pub const STEPS_MAX: usize = 200;

/// The check's next step, given what has been seen. A verdict never claims more than the check
/// declares.
pub fn next_step(check: &Check, ctx: &Context<'_>, seen: &[Seen]) -> Step {
    if !(check.applies)(ctx) {
        return Step::Done(Verdict::NotApplicable);
    }
    if let Some(need) = missing_need(check, ctx) {
        return Step::Done(Verdict::inconclusive(because(need, ctx)));
    }
    if seen.len() >= STEPS_MAX {
        return Step::Done(Verdict::inconclusive(format!("no verdict after {STEPS_MAX} steps")));
    }
    let step = match (check.run)(ctx, &mut Tape::new(seen)) {
        Ok(verdict) => Step::Done(verdict),
        Err(step) => step,
    };
    match step {
        Step::Done(Verdict::Fail(mut proof)) => {
            proof.severity = proof.severity.min(check.severity);
            proof.confidence = proof.confidence.min(check.confidence);
            Step::Done(Verdict::Fail(proof))
        }
        other => other,
    }
}

/// Why a need is not met, and what to do.
fn because(need: Need, ctx: &Context<'_>) -> &'static str {
    if need == Need::TwoIdentities && ctx.has(Who::A) && ctx.has(Who::B) {
        "A and B are answered the same everywhere: give two accounts that own different things"
    } else {
        need.missing()
    }
}

/// The first of the check's needs that is not met.
pub fn missing_need(check: &Check, ctx: &Context<'_>) -> Option<Need> {
    check.needs.iter().copied().find(|need| match need {
        Need::OneIdentity => ctx.anyone().is_none(),
        Need::TwoIdentities => !(ctx.has(Who::A) && ctx.has(Who::B) && ctx.distinct),
        Need::TwoRoles => !(ctx.has(Who::High) && (ctx.has(Who::A) || ctx.has(Who::B))),
        Need::Description => ctx.catalog.operations.is_empty(),
        Need::OutOfBand => ctx.out_of_band.is_none(),
    })
}

/// Runs a check over a recording. The verdict must be the one that was recorded.
pub fn replay(check: &Check, ctx: &Context<'_>, seen: &[Seen]) -> Verdict {
    match next_step(check, ctx, seen) {
        Step::Done(verdict) => verdict,
        _ => Verdict::inconclusive("the recording ends before the check does"),
    }
}
