//! BFLA-06: a header's method counts after the guard has judged the request's.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::{self, writing};
use crate::oracle::administrative::mark;
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BFLA-06
pub(super) const CHECK: Check = Check {
    id: "BFLA-06",
    name: "method-override-honoured",
    title: "A request does by an override what its method may not",
    family: Family::Bfla,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Contrast, Oracle::Canary, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(650),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.6"],
    page: include_str!("method_override.md"),
    applies,
    run,
};

/// Ways to say another method: as a header, or as a parameter.
const WAYS: [&str; 4] = ["x-http-method-override", "x-http-method", "x-method-override", "_method"];

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        // What administrators make an ordinary identity cannot make for itself.
        operation.method == Method::Delete
            && objects::act(ctx, operation).is_some_and(|act| mark(act.recipe.create).is_none())
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(act) = objects::act(ctx, ctx.operation()?) else {
        return Ok(Verdict::NotApplicable);
    };
    let who = if ctx.has(Who::A) { Who::A } else { ctx.anyone().unwrap_or(Who::A) };
    let own = writing::own(ctx, tape, &act, who, "object")?;
    let delete = act.request(ctx, &own.made)?;
    let made = &own.made;
    let target = delete.target.clone();
    let plain = tape.send(Request::new(Method::Delete, target.clone()).by(who))?;
    let still = tape.send(made.read.clone())?;
    if !is_there(&still, &own.marker)? {
        // Whoever may delete needs no override.
        return Ok(Verdict::Pass);
    }
    if !matches!(plain.status, 401 | 403 | 405) {
        let because = format!("DELETE itself is answered {} and deletes nothing", plain.status);
        return Ok(Verdict::inconclusive(because));
    }
    for way in WAYS {
        let request = Request::new(Method::Post, target.clone()).by(who);
        let request = match way {
            "_method" => request.query(way, "DELETE"),
            _ => request.header(way, "DELETE"),
        };
        let tried = tape.send(request.header("content-type", "application/json"))?;
        let after = tape.send(made.read.clone())?;
        if !is_there(&after, &own.marker)? {
            let summary = format!("{who} deleted by a POST that says DELETE in `{way}`");
            return Ok(Verdict::fail(
                Proof::new(Severity::High, Confidence::Confirmed, summary)
                    .about(way)
                    .because(format!("DELETE itself is refused to {who}: {}", plain.status))
                    .because(format!("the object was there after it: {}", still.status))
                    .because(format!(
                        "after the POST ({}) it is gone: {}",
                        tried.status, after.status
                    ))
                    .caused_by("method override")
                    .shown_by([tried.index, after.index, plain.index, still.index]),
            ));
        }
    }
    Ok(Verdict::Pass)
}

/// Whether the maker still reads it. An id may be given again: only the marker says that it is ours.
fn is_there(read: &Reply<'_>, marker: &str) -> Result<bool, Step> {
    match read.status {
        200..=299 => Ok(!refuses(read.answer()) && read.answer().body.contains(marker)),
        404 | 410 => Ok(false),
        other => Err(Step::inconclusive(format!("the object cannot be read any more: {other}"))),
    }
}
