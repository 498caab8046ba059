//! BFLA-07: a verb that nobody described works.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::{self, accepted};
use crate::oracle::administrative::mark;
use crate::oracle::refusal::refuses;
use crate::step::Request;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// BFLA-07
pub(super) const CHECK: Check = Check {
    id: "BFLA-07",
    name: "hidden-verb-open",
    title: "A verb that nobody described works",
    family: Family::Bfla,
    severity: Severity::Medium,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Declaration, Oracle::Contrast, Oracle::Canary, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(749),
    owasp: &[Owasp::Api(5), Owasp::Api(9)],
    criteria: &["CC6.6", "CC7.1"],
    page: include_str!("hidden_verb.md"),
    applies,
    run,
};

/// The description must say something of writing there: one that only tells how to read says nothing
/// about the rest.
fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        operation.method == Method::Get
            && operation.path.ends_with('}')
            && mark(operation).is_none()
            && objects::recipe_of_item(ctx, operation).is_some()
            && !hidden(ctx, operation, &["PUT", "PATCH", "DELETE"]).is_empty()
    })
}

/// Of those verbs the ones that are not described on that path.
fn hidden(ctx: &Context<'_>, operation: &Operation, verbs: &[&str]) -> Vec<Method> {
    let verbs = verbs.iter().map(|verb| Method::parse(verb));
    let described = |verb: &Method| {
        ctx.catalog.operations.iter().any(|o| o.path == operation.path && o.method == *verb)
    };
    // Frameworks route both ways of changing to one function: one that is described is enough.
    let changes = |verb: &Method| matches!(verb, Method::Put | Method::Patch);
    let change = described(&Method::Put) || described(&Method::Patch);
    verbs.filter(|verb| !(described(verb) || change && changes(verb))).collect()
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(recipe) = objects::recipe_of_item(ctx, operation) else {
        return Ok(Verdict::NotApplicable);
    };
    let who = if ctx.has(Who::A) { Who::A } else { ctx.anyone().unwrap_or(Who::A) };
    let draft = objects::draft(ctx, recipe, who, "object")?;
    let made = objects::make(ctx, tape, recipe, who, &draft.body, &draft.marker)?;
    let before = tape.send(made.read.clone())?;
    if refuses(before.answer()) {
        let because = format!("what was made cannot be read: {}", before.status);
        return Ok(Verdict::inconclusive(because));
    }
    let target = made.read.target.clone();
    let by = |method: Method| Request::new(method, target.clone()).by(who);
    let options = tape.send(by(Method::Options))?;
    let Some(allow) = options.headers.first("allow") else {
        return Ok(Verdict::inconclusive("the target does not say which verbs it takes"));
    };
    let told: Vec<&str> = allow.split(',').map(str::trim).collect();
    let told = told.into_iter().filter(|verb| ["PUT", "PATCH", "DELETE"].contains(verb));
    let hidden = hidden(ctx, operation, &told.collect::<Vec<_>>());
    if hidden.is_empty() {
        return Ok(Verdict::Pass);
    }
    // What is answered to a verb that cannot exist.
    let nonsense = tape.send(by(Method::Other("AVOUCH".to_owned())))?;
    for verb in hidden {
        let request = by(verb.clone());
        // Bodies of the wrong kind: a verb that works says so without doing anything.
        let request = if verb == Method::Delete { request } else { request.json(&"".into()) };
        let tried = tape.send(request)?;
        if works(&tried, &nonsense) {
            return Ok(Verdict::fail(proof(&verb, allow, [&tried, &options, &nonsense])));
        }
    }
    Ok(Verdict::Pass)
}

/// Whether the verb is there for this caller: it did something, or looked at what it was given.
fn works(tried: &Reply<'_>, nonsense: &Reply<'_>) -> bool {
    let looked = matches!(tried.status, 400 | 415 | 422);
    let same = tried.status == nonsense.status && tried.answer().body == nonsense.answer().body;
    !same && (accepted(tried.answer()) || looked && tried.status != nonsense.status)
}

fn proof(verb: &Method, allow: &str, [tried, options, nonsense]: [&Reply<'_>; 3]) -> Proof {
    let summary = format!("{verb} works there, which is described nowhere");
    Proof::new(Severity::Medium, Confidence::Firm, summary)
        .about(verb.name())
        .because(format!("the target says that it takes {allow}"))
        .because(format!("{verb} on an object of our own is answered {}", tried.status))
        .because(format!("a verb that cannot exist is answered {}", nonsense.status))
        .shown_by([tried.index, options.index, nonsense.index])
}
