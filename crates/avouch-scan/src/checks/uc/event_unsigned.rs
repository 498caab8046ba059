//! UC-01: events are believed whoever sent them.

use super::webhook::{SIGNED, effects, event, is_taken};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Credential;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// UC-01
pub(super) const CHECK: Check = Check {
    id: "UC-01",
    name: "webhook-signature-ignored",
    title: "Events are believed whoever sent them",
    family: Family::Uc,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::ReadBack, Oracle::Contrast],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(347),
    owasp: &[Owasp::Api(10)],
    criteria: &["CC6.1", "CC9.2"],
    page: include_str!("event_unsigned.md"),
    applies: |ctx| ctx.told.webhook.is_some(),
    run,
};

/// Ways to send an event that nobody who knows the secret sent.
const WAYS: [(&str, Credential); 2] = [
    ("without a signature", Credential::None),
    ("with the signature of another secret", Credential::Signed { rightly: false }),
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(hook) = &ctx.told.webhook else { return Ok(Verdict::NotApplicable) };
    let (marker, request) = event(ctx, hook, "signed");
    let signed = tape.send(request.with(SIGNED))?;
    if !is_taken(signed.answer()) {
        return Ok(Verdict::inconclusive(format!(
            "the event as it should be was answered {}: is it described and signed rightly?",
            signed.status
        )));
    }
    let known = effects(ctx, tape, hook, &marker)?;
    if known.is_some_and(|(count, _)| count == 0) {
        let because = "the event as it should be left no trace where effects are to be seen";
        return Ok(Verdict::inconclusive(because));
    }
    for (how, credential) in WAYS {
        let (marker, request) = event(ctx, hook, how);
        let reply = tape.send(request.with(credential))?;
        if !is_taken(reply.answer()) {
            continue;
        }
        let seen = effects(ctx, tape, hook, &marker)?;
        let (severity, confidence, shown) = match seen {
            // Taken with thanks and thrown away: many receivers answer everything alike.
            Some((0, _)) => continue,
            Some((_, index)) => (Severity::High, Confidence::Confirmed, Some(index)),
            None => (Severity::Medium, Confidence::Tentative, None),
        };
        let summary = format!("`{}` took an event {how}", hook.operation);
        let proof = Proof::new(severity, confidence, summary)
            .because(format!("it was answered {}, as the event signed rightly was", reply.status))
            .because(match shown {
                Some(_) => "its word, which is in nothing else, is seen where effects are",
                None => "whether it had an effect is not known: name `read` to prove it",
            })
            .caused_by("the signature of events is not looked at")
            .at(hook.operation.clone());
        let indexes = [Some(reply.index), shown, Some(signed.index)];
        return Ok(Verdict::fail(proof.shown_by(indexes.into_iter().flatten())));
    }
    Ok(Verdict::Pass)
}
