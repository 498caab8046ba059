//! UC-02: the same event takes effect again.

use super::webhook::{SIGNED, effects, event, is_taken};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// UC-02
pub(super) const CHECK: Check = Check {
    id: "UC-02",
    name: "webhook-replayed",
    title: "The same event takes effect again",
    family: Family::Uc,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::ReadBack],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(294),
    owasp: &[Owasp::Api(10)],
    criteria: &["PI1.3"],
    page: include_str!("event_replayed.md"),
    applies: |ctx| ctx.told.webhook.is_some(),
    run,
};

/// Milliseconds after which a second effect would be there, as the first was.
const SETTLE_MS: u32 = 1_500;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(hook) = &ctx.told.webhook else { return Ok(Verdict::NotApplicable) };
    if hook.read.is_none() {
        let because = "without `read` under `[told.webhook]` no effect can be seen, nor a second";
        return Ok(Verdict::inconclusive(because));
    }
    let (marker, request) = event(ctx, hook, "replayed");
    let request = request.with(SIGNED);
    let first = tape.send(request.clone())?;
    if !is_taken(first.answer()) {
        return Ok(Verdict::inconclusive(format!(
            "the event as it should be was answered {}: is it described and signed rightly?",
            first.status
        )));
    }
    let Some((count, _)) = effects(ctx, tape, hook, &marker)?.filter(|(count, _)| *count > 0)
    else {
        let because = "the event as it should be left no trace where effects are to be seen";
        return Ok(Verdict::inconclusive(because));
    };
    // The control: once it is there, time alone adds nothing.
    tape.pause(SETTLE_MS)?;
    let settled = effects(ctx, tape, hook, &marker)?.map_or(0, |(count, _)| count);
    if settled != count {
        let because = "what is seen of one event changes by itself, so a second cannot be told";
        return Ok(Verdict::inconclusive(because));
    }
    let again = tape.send(request)?;
    tape.pause(SETTLE_MS)?;
    let (after, index) = effects(ctx, tape, hook, &marker)?.unwrap_or_default();
    if after <= count {
        return Ok(Verdict::Pass);
    }
    let summary =
        format!("`{}` took the same event twice, and it took effect twice", hook.operation);
    Ok(Verdict::fail(
        Proof::new(Severity::Medium, Confidence::Confirmed, summary)
            .because(format!("sent again byte for byte it was answered {}", again.status))
            .because(format!("its word is seen {after} times, where it was seen {count} times"))
            .because("between the two, time alone changed nothing")
            .caused_by("events are not known again")
            .at(hook.operation.clone())
            .shown_by([index, again.index, first.index]),
    ))
}
