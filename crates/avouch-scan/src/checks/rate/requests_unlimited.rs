//! RATE-01: one caller may ask as often as it likes.

use super::burst::{BURST_MAX, cheapest};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::limiter::{answer_to, is_limit, says_a_limit};
use crate::oracle::ranks::median;
use crate::oracle::triad::uncached;
use crate::tape::{Flow, Tape};
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// RATE-01
pub(super) const CHECK: Check = Check {
    id: "RATE-01",
    name: "requests-unlimited",
    title: "One caller may ask as often as it likes",
    family: Family::Rate,
    severity: Severity::Low,
    confidence: Confidence::Firm,
    oracles: &[Oracle::BlockDetector],
    tier: Tier::Disruptive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(770),
    owasp: &[Owasp::Api(4)],
    criteria: &["A1.1", "CC6.6"],
    page: include_str!("requests_unlimited.md"),
    applies: |ctx| ctx.catalog.operations.iter().any(|o| o.method == Method::Get),
    run,
};

/// Answers this much slower than at first, in microseconds and by factor, are a brake.
const BRAKE_US: u64 = 500_000;
const BRAKE_FACTOR: u64 = 3;
/// Requests of a burst whose times are held against each other, at each end.
const ENDS: usize = 15;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some((who, sample)) = cheapest(ctx) else {
        return Ok(Verdict::inconclusive("nothing was ever read with success"));
    };
    let request = uncached(sample.request.clone().by(who));
    let mut times = Vec::new();
    let mut shown = Vec::new();
    for _ in 0..BURST_MAX {
        let (index, answer) = answer_to(tape, request.clone())?;
        if is_limit(answer) || says_a_limit(answer) {
            return Ok(Verdict::Pass);
        }
        if !answer.is_success() {
            let because =
                format!("it was answered {} in between, and no limit named", answer.status);
            return Ok(Verdict::inconclusive(because));
        }
        times.push(answer.timing.total_us);
        shown.push(index);
    }
    let begun = median(times.get(..ENDS).unwrap_or_default());
    let ended = median(times.get(times.len() - ENDS..).unwrap_or_default());
    if ended > BRAKE_US && ended > begun.saturating_mul(BRAKE_FACTOR) {
        return Ok(Verdict::Pass);
    }
    let summary = format!("{who} asked {BURST_MAX} times in a row and was never slowed down");
    let last = shown.last().copied().into_iter();
    Ok(Verdict::fail(
        Proof::new(Severity::Low, Confidence::Firm, summary)
            .because(format!("all were `GET {}`, one after the other", sample.request.path()))
            .because("no 429, no 503, no header about a limit, and no slower answers")
            .because("a limit may stand higher, or at an edge that counts otherwise")
            .at(sample.operation.clone())
            .shown_by(last.chain(shown.first().copied())),
    ))
}
