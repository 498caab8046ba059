//! BFLA-05: nobody changes or removes an object that an identity has made.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::writing::{Effect, Write, effect, own, works_for_maker};
use crate::objects::{self};
use crate::oracle::guarded::guarded_operations;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Security};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BFLA-05
pub(super) const CHECK: Check = Check {
    id: "BFLA-05",
    name: "write-without-authentication",
    title: "Anybody changes or deletes what a user has made",
    family: Family::Bfla,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Canary, Oracle::ReadBack, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(306),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.1"],
    page: include_str!("nobody_writes.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        matches!(operation.method, Method::Put | Method::Patch | Method::Delete)
            && objects::act(ctx, operation).is_some()
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(act) = objects::act(ctx, operation) else { return Ok(Verdict::NotApplicable) };
    let who = ctx.anyone().unwrap_or(Who::A);
    let mut shown_by = Vec::new();
    // Twice, each time on an object of its own.
    for label in ["object", "another"] {
        let own = own(ctx, tape, &act, who, label)?;
        let write = Write::new(ctx, &act, &own, &format!("{label} by nobody"))?;
        let nobody = tape.send(write.by(Who::Nobody))?;
        let (took, read) = effect(tape, &own, &write, own.read.answer())?;
        match took {
            Effect::Took => shown_by.extend([nobody.index, read.index, own.read.index]),
            Effect::Unclear => {
                let because = format!("{who} was answered {} when it read again", read.status);
                return Ok(Verdict::inconclusive(because));
            }
            Effect::None if shown_by.is_empty() => {
                let by_maker = Write::new(ctx, &act, &own, "by its maker")?;
                return works_for_maker(tape, &own, &by_maker);
            }
            Effect::None => return Ok(Verdict::inconclusive("a second time it did not hold")),
        }
    }
    if guarded_operations(ctx, who, 1).is_empty() {
        return Ok(Verdict::inconclusive(format!(
            "nobody could do it, but nothing here tells {who} from nobody: all may be open by design"
        )));
    }
    let (confidence, said) = if operation.security == Security::Open {
        (Confidence::Firm, "the description says that no credential is needed")
    } else {
        (Confidence::Confirmed, "the description does not say that anybody may")
    };
    let severity = if confidence == Confidence::Firm { Severity::High } else { Severity::Critical };
    let done = if operation.method == Method::Delete { "removed" } else { "changed" };
    let summary = format!("nobody {done} an object that {who} had made, with {}", operation.id);
    Ok(Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because(format!("{who} made an object and read it"))
            .because(format!("a request without credential {done} it, as {who} read afterwards"))
            .because("it held for a second object too")
            .because("other operations do ask for a credential")
            .because(said)
            .shown_by(shown_by),
    ))
}
