//! BFLA-04: one verb on an object is forbidden to an identity, and another one is not.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::writing::{Effect, Own, Write, effect, own};
use crate::objects::{self, Act};
use crate::oracle::guarded::turns_away;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BFLA-04
pub(super) const CHECK: Check = Check {
    id: "BFLA-04",
    name: "verbs-guarded-differently",
    title: "One verb on an object is forbidden and another is not",
    family: Family::Bfla,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Canary, Oracle::ReadBack, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(863),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.3"],
    page: include_str!("verbs_disagree.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        is_write(operation)
            && siblings(ctx, operation).next().is_some()
            && objects::act(ctx, operation).is_some()
    })
}

fn is_write(operation: &Operation) -> bool {
    matches!(operation.method, Method::Put | Method::Patch | Method::Delete)
}

/// Other writes on the same path.
fn siblings<'a>(
    ctx: &Context<'a>,
    operation: &'a Operation,
) -> impl Iterator<Item = &'a Operation> {
    ctx.catalog
        .operations
        .iter()
        .filter(|other| is_write(other) && other.path == operation.path && other.id != operation.id)
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(act) = objects::act(ctx, operation) else { return Ok(Verdict::NotApplicable) };
    let mut doubt = None;
    for sibling in siblings(ctx, operation) {
        let Some(other) = objects::act(ctx, sibling) else { continue };
        match contrast(ctx, tape, &act, &other)? {
            Verdict::Pass => (),
            Verdict::Inconclusive { because } => doubt = Some(because),
            found => return Ok(found),
        }
    }
    Ok(doubt.map_or(Verdict::Pass, Verdict::inconclusive))
}

/// Tries the sibling as B, which must be turned away; then the write itself, which must not be; and
/// the sibling as its maker, so that it is B who was turned away, and not everybody.
fn contrast(ctx: &Context<'_>, tape: &mut Tape<'_>, act: &Act<'_>, sibling: &Act<'_>) -> Flow {
    let label = sibling.operation.method.name();
    let own = own(ctx, tape, act, Who::A, label)?;
    let sent = |act: &Act<'_>, by: &str| Write::new(ctx, act, &own, &format!("{label} {by}"));
    let forbidden = sent(sibling, "sibling by B")?;
    let refused = tape.send(forbidden.by(Who::B))?;
    let (took, before) = effect(tape, &own, &forbidden, own.read.answer())?;
    if took == Effect::Took || !turns_away(refused.answer()) {
        // No contrast here: BOLA-03 and BOLA-04 ask whether either may be.
        return Ok(Verdict::Pass);
    }
    let allowed = sent(act, "itself by B")?;
    let first = (!forbidden.removes()).then(|| by_maker(ctx, tape, sibling, &own, label));
    let first = first.transpose()?;
    let by_b = tape.send(allowed.by(Who::B))?;
    let (took, read) = effect(tape, &own, &allowed, before.answer())?;
    if took != Effect::Took {
        return Ok(if took == Effect::None {
            Verdict::Pass
        } else {
            Verdict::inconclusive(format!("A was answered {} when it read again", read.status))
        });
    }
    let works = match first {
        Some(works) => works,
        None => by_maker(ctx, tape, sibling, &own, label)?,
    };
    if !works {
        return Ok(Verdict::inconclusive(format!(
            "{} is forbidden to the maker too: it may be nobody's but administrators'",
            sibling.operation.id
        )));
    }
    let (may, may_not) = (&act.operation.id, &sibling.operation.id);
    let summary = format!("B may not {may_not} on A's object, and may {may}");
    Ok(Verdict::fail(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!("{may_not} by B was answered {}", refused.status))
            .because(format!("{may} by B took effect, as A read afterwards"))
            .because(format!("{may_not} works for A, whose object it is"))
            .between(Who::A, Who::B)
            .shown_by([by_b.index, read.index, refused.index, own.read.index]),
    ))
}

/// Whether the write works for the maker of the object.
fn by_maker(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    act: &Act<'_>,
    own: &Own<'_>,
    label: &str,
) -> Result<bool, Step> {
    let write = Write::new(ctx, act, own, &format!("{label} by its maker"))?;
    tape.send(write.by(own.who))?;
    let (took, _) = effect(tape, own, &write, own.read.answer())?;
    Ok(took == Effect::Took)
}
