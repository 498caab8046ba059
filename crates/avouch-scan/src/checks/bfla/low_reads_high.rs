//! BFLA-01: an ordinary identity reads what only a higher role should.

use super::administrators::administrators;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::administrative::{Mark, mark};
use crate::oracle::guarded::turns_away;
use crate::oracle::leaves::leaves;
use crate::oracle::refusal::refuses;
use crate::oracle::rights::is_ordinary;
use crate::oracle::similarity::{alike, same_shape};
use crate::oracle::triad::uncached;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BFLA-01
pub(super) const CHECK: Check = Check {
    id: "BFLA-01",
    name: "admin-function-readable-by-low-role",
    title: "An ordinary user reads what only a higher role should",
    family: Family::Bfla,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Similarity, Oracle::Declaration],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(285),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("low_reads_high.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|o| o.method == Method::Get && mark(o).is_some())
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(mark) = mark(ctx.operation()?) else { return Ok(Verdict::NotApplicable) };
    let low = if ctx.has(Who::A) { Who::A } else { Who::B };
    if !ctx.has(low) {
        return Ok(Verdict::inconclusive(
            "needs an identity that is nobody special: `--identity a=…`",
        ));
    }
    let turned = |sample: &&Sample| sample.answer().is_some_and(turns_away);
    if ctx.samples(low).iter().any(turned) && ctx.operation()?.path_parameters().next().is_none() {
        return Ok(Verdict::Pass);
    }
    if !ctx.has(Who::High) {
        return alone(ctx, tape, &mark, low);
    }
    let high = ctx.baseline(Who::High)?;
    let Some(original) = high.success().filter(|answer| !refuses(answer)) else {
        return Ok(Verdict::inconclusive("the higher role itself is given nothing here"));
    };
    if !leaves(original).iter().any(crate::oracle::leaves::Leaf::is_telling) {
        return Ok(Verdict::inconclusive("the higher role's answer is too slight to tell"));
    }
    if known_refusal(ctx, high, low) {
        return Ok(Verdict::Pass);
    }
    let request = uncached(high.request.clone());
    let reply = tape.send(request.clone().by(low))?;
    if reply.status >= 500 {
        return Ok(Verdict::inconclusive(format!("{low} was answered {}", reply.status)));
    }
    if !got(ctx, high, original, reply.answer()) {
        return Ok(Verdict::Pass);
    }
    let nobody = tape.send(request.by(Who::Nobody))?;
    if !refuses(nobody.answer()) {
        // Open to everybody: a matter of authentication.
        return Ok(Verdict::Pass);
    }
    let (severity, confidence) = match mark {
        Mark::Declared(_) => (Severity::High, Confidence::Confirmed),
        Mark::Named(_) => (Severity::High, Confidence::Firm),
        Mark::Hinted(_) => (Severity::Medium, Confidence::Firm),
    };
    let summary = format!("{low} asked as the higher role does and got the same answer");
    Ok(Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because(mark.sentence())
            .because(format!("the higher role: {}", original.status))
            .because(format!("{low}, of a lower role: {} and the same content", reply.status))
            .because(format!("nobody is refused: {}", nobody.status))
            .between(Who::High, low)
            .shown_by([reply.index, nobody.index]),
    ))
}

/// Without a higher role to compare with: other people's records where the path says that they are
/// administrators', given to somebody who is none.
fn alone(ctx: &Context<'_>, tape: &mut Tape<'_>, mark: &Mark, low: Who) -> Flow {
    let reads = ctx.samples(low);
    if reads.iter().any(|sample| sample.answer().is_some_and(turns_away)) {
        return Ok(Verdict::Pass);
    }
    let sample = ctx.baseline(low)?;
    let shown = sample.success().and_then(administrators);
    if shown.is_none() || matches!(mark, Mark::Hinted(_)) {
        return Ok(Verdict::inconclusive(Need::TwoRoles.missing()));
    }
    let request = uncached(sample.request.clone());
    let nobody = tape.send(request.by(Who::Nobody))?;
    if !refuses(nobody.answer()) {
        // Open to everybody: a matter of authentication.
        return Ok(Verdict::Pass);
    }
    let ordinary = is_ordinary(ctx, low);
    // Words alone may be about the caller; several people and secrets are not.
    let (severity, confidence) = match (&ordinary, shown) {
        (Some(_), Some(true)) => (Severity::High, Confidence::Firm),
        _ => (Severity::Medium, Confidence::Tentative),
    };
    let told = ordinary.unwrap_or_else(|| {
        format!("whether {low} is an administrator itself is not known: give a higher role to tell")
    });
    let summary = format!("{low} reads what is an administrators' by its name");
    Ok(Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because(mark.sentence())
            .because(format!("{low} is answered with several people's records or secrets"))
            .because(told)
            .because(format!("nobody is refused: {}", nobody.status))
            .shown_by([nobody.index]),
    ))
}

/// Whether the low identity was refused the very same read before any check ran.
fn known_refusal(ctx: &Context<'_>, high: &Sample, low: Who) -> bool {
    ctx.samples(low).iter().any(|sample| {
        sample.request.target == high.request.target
            && sample.answer().is_some_and(|a| matches!(a.status, 403 | 404))
    })
}

/// Whether an answer is the higher role's own, or holds what only that role was ever shown.
fn got(ctx: &Context<'_>, high: &Sample, original: &Answer, answer: &Answer) -> bool {
    if refuses(answer) || ctx.target.not_found.is_not_found(answer) {
        return false;
    }
    let here = leaves(answer);
    let private = ctx.corpus.private_values(high, Who::High);
    alike(original, answer, &ctx.volatile())
        || same_shape(original, answer) && private.iter().any(|leaf| here.contains(leaf))
}
