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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;
    use crate::conversation::in_an_empty_world;
    use crate::step::Event;
    use crate::tape::Flow;

    /// Asks for ever.
    fn insatiable(_: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
        loop {
            tape.pause(1)?;
        }
    }

    fn asked_for_ever() -> Check {
        let any = checks::all().next().copied().unwrap();
        Check { needs: &[], applies: |_| true, run: insatiable, ..any }
    }

    fn paused(times: usize) -> Vec<Seen> {
        vec![Seen { step: Step::Pause { ms: 1 }, event: Event::Paused }; times]
    }

    #[test]
    fn a_check_that_never_ends_is_ended_without_a_verdict() {
        in_an_empty_world(|ctx| {
            let check = asked_for_ever();
            let step = next_step(&check, ctx, &paused(STEPS_MAX - 1));
            assert_eq!(step, Step::Pause { ms: 1 });
            let step = next_step(&check, ctx, &paused(STEPS_MAX));
            assert!(matches!(step, Step::Done(Verdict::Inconclusive { .. })), "{step:?}");
        });
    }

    #[test]
    fn a_recording_that_breaks_off_gives_no_verdict() {
        in_an_empty_world(|ctx| {
            let verdict = replay(&asked_for_ever(), ctx, &paused(3));
            assert!(matches!(verdict, Verdict::Inconclusive { .. }), "{verdict:?}");
        });
    }
}
