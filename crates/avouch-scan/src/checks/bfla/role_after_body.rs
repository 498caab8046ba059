//! BFLA-02: an administrators' write looks at an ordinary user's body instead of refusing the user.

use crate::bodies;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::administrative::{Mark, mark};
use crate::oracle::guarded::turns_away;
use crate::oracle::leaves::plain_key;
use crate::oracle::similarity::same_shape;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::schema::Kind;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Map, Value, json};

/// Other administrators' writes that must refuse the same trick before one that does not is suspect.
const REFUSING_MIN: usize = 2;
/// LIMIT: other administrators' writes that are asked.
const OTHERS_MAX: usize = 4;

/// BFLA-02
pub(super) const CHECK: Check = Check {
    id: "BFLA-02",
    name: "role-asked-after-body",
    title: "An administrators' write looks at an ordinary user's body instead of refusing the user",
    family: Family::Bfla,
    severity: Severity::High,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Contrast, Oracle::Similarity, Oracle::Declaration],
    tier: Tier::Active,
    needs: &[Need::TwoRoles],
    scope: Scope::Operation,
    cwe: Cwe(285),
    owasp: &[Owasp::Api(5)],
    criteria: &["CC6.3"],
    page: include_str!("role_after_body.md"),
    applies: |ctx| ctx.operation.is_some_and(|operation| trick(ctx, operation).is_some()),
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some((request, names)) = trick(ctx, operation) else { return Ok(Verdict::NotApplicable) };
    let low = if ctx.has(Who::A) { Who::A } else { Who::B };
    let high = tape.send(request.clone().by(Who::High))?;
    if !complains(high.answer(), &names) {
        let because = format!("the higher role's own invalid body is answered {}", high.status);
        return Ok(Verdict::inconclusive(because));
    }
    let tried = tape.send(request.clone().by(low))?;
    if turns_away(tried.answer()) || tried.status == 404 {
        return Ok(Verdict::Pass);
    }
    if !complains(tried.answer(), &names) || !same_shape(high.answer(), tried.answer()) {
        return Ok(Verdict::inconclusive(format!("{low} was answered {}", tried.status)));
    }
    let nobody = tape.send(request.by(Who::Nobody))?;
    if !turns_away(nobody.answer()) {
        let because = "whoever has no credential is told about the body too: it is looked at first";
        return Ok(Verdict::inconclusive(because));
    }
    let refusing = refusing(ctx, tape, operation, low)?;
    let Some(refusing) = refusing.filter(|all| all.len() >= REFUSING_MIN) else {
        let because = "it is not known in which order this API asks for role and body";
        return Ok(Verdict::inconclusive(because));
    };
    let summary =
        format!("{low} is told what is wrong with its body where only a higher role may write");
    let severity = match mark(operation) {
        Some(Mark::Declared(_) | Mark::Named(_)) => Severity::High,
        _ => Severity::Medium,
    };
    let mut proof = Proof::new(severity, Confidence::Firm, summary)
        .because(format!(
            "{low} and the higher role sent an invalid body, so that nothing is changed"
        ))
        .because(format!("both are told what is wrong with it: {}", tried.status))
        .because(format!("nobody is turned away: {}", nobody.status))
        .between(Who::High, low);
    for Refusal { operation, status, .. } in &refusing {
        proof = proof.because(format!("`{operation}` turns {low} away for the same: {status}"));
    }
    let others = refusing.iter().map(|refusal| refusal.index);
    Ok(Verdict::fail(
        proof.shown_by([tried.index, high.index, nobody.index].into_iter().chain(others)),
    ))
}

/// An administrators' write that turned the ordinary user away.
struct Refusal {
    operation: String,
    status: u16,
    index: usize,
}

/// Other administrators' writes that turn the ordinary user away for the same trick; `None` when one of
/// them does not.
fn refusing(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    operation: &Operation,
    low: Who,
) -> Result<Option<Vec<Refusal>>, Step> {
    let others = ctx.catalog.operations.iter().filter(|other| other.id != operation.id);
    let others: Vec<(&Operation, Request)> =
        others.filter_map(|other| Some((other, trick(ctx, other)?.0))).take(OTHERS_MAX).collect();
    let mut found = Vec::new();
    for (other, request) in others {
        let reply: Reply<'_> = tape.send(request.by(low))?;
        if turns_away(reply.answer()) {
            found.push(Refusal {
                operation: other.id.0.clone(),
                status: reply.status,
                index: reply.index,
            });
        } else if other.path.trim_end_matches('/') != operation.path.trim_end_matches('/')
            && !is_below(&other.path, &operation.path)
        {
            return Ok(None);
        }
    }
    Ok(Some(found))
}

/// Whether two paths are of the same collection: what one forgets, the other forgets with it.
fn is_below(one: &str, other: &str) -> bool {
    one.starts_with(&format!("{other}/")) || other.starts_with(&format!("{one}/"))
}

/// A write that cannot take effect: every property of its body has a value of the wrong kind, on an
/// object that was never issued. With the names of the properties.
fn trick(ctx: &Context<'_>, operation: &Operation) -> Option<(Request, Vec<String>)> {
    let writes = matches!(operation.method, Method::Post | Method::Put | Method::Patch);
    mark(operation).filter(|_| writes && crate::danger::leave_alone(operation).is_none())?;
    let media = operation.body.iter().find(|media| media.media_type.contains("json"))?;
    let required: Vec<&String> = media.schema.required.iter().collect();
    if required.is_empty() || media.schema.cut.is_some() {
        return None;
    }
    let mut path = ctx.path(&operation.path);
    for name in operation.path_parameters() {
        let known = operation.parameters.iter().find(|parameter| parameter.name == name);
        let numeric = known.is_some_and(|p| !p.schema.may_be(Kind::String));
        let id = if numeric { "999999871".to_owned() } else { ctx.nonces.uuid("never issued") };
        path = path.replace(&format!("{{{name}}}"), &id);
    }
    let body = wrong(media);
    let names = body.keys().cloned().collect();
    let request = Request::new(operation.method.clone(), path).json(&Value::Object(body));
    Some((bodies::with_creation(ctx, operation, request), names))
}

/// A body in which everything is of the wrong kind.
fn wrong(media: &Media) -> Map<String, Value> {
    let properties = media.schema.properties.iter().filter(|(_, schema)| !schema.read_only);
    properties
        .map(|(name, schema)| {
            let value = if schema.may_be(Kind::Object) { json!(true) } else { json!({"no": []}) };
            (name.clone(), value)
        })
        .collect()
}

/// Whether an answer tells what is wrong with one of these properties.
fn complains(answer: &Answer, names: &[String]) -> bool {
    let text = plain_key(&answer.body);
    matches!(answer.status, 400 | 422) && names.iter().any(|name| text.contains(&plain_key(name)))
}
