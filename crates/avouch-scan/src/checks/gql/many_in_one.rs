//! GQL-04: one request asks a graph a hundred times.

use super::asking::{addresses, answered, data, has_graph, query, schema, speaker};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_catalog::graph::{Graph, GraphField};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Value, json};

/// GQL-04
pub(super) const CHECK: Check = Check {
    id: "GQL-04",
    name: "many-questions-in-one",
    title: "One request may ask the graph a hundred times",
    family: Family::Gql,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Grammar],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(770),
    owasp: &[Owasp::Api(4)],
    criteria: &["A1.1"],
    page: include_str!("many_in_one.md"),
    applies: has_graph,
    run,
};

/// LIMIT: names one request asks by. Enough that a limit would have been met, and nothing of a load.
const ALIASES: usize = 101;
/// LIMIT: questions in one list.
const BATCH: usize = 10;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut passed = None;
    for address in addresses(ctx) {
        let who = speaker(ctx, tape, address)?;
        let real = schema(ctx, address).and_then(|graph| real_field(ctx, graph, who));
        let field = real.clone().unwrap_or_else(|| "__typename".to_owned());
        let one = tape.send(query(address, &format!("query{{a0:{field}}}")).by(who))?;
        if data(one.answer()).is_none() {
            return Ok(Verdict::inconclusive(format!("`{field}` once is not answered")));
        }
        let aliases: Vec<String> = (0..ALIASES).map(|n| format!("a{n}:{field}")).collect();
        let many = tape.send(query(address, &format!("query{{{}}}", aliases.join(" "))).by(who))?;
        let count = data(many.answer()).and_then(|it| {
            it.as_object().map(|all| all.values().filter(|value| !value.is_null()).count())
        });
        let list = batch(address, &field).by(who);
        let listed = tape.send(list)?;
        let batched = is_batch(&listed.answer().json().unwrap_or_default());
        let all_named = count == Some(ALIASES);
        if !all_named && !batched {
            passed = Some(Verdict::Pass);
            continue;
        }
        let (severity, confidence) = match (&real, batched) {
            (_, true) => (Severity::Medium, Confidence::Confirmed),
            (Some(_), false) => (Severity::Low, Confidence::Confirmed),
            (None, false) => (Severity::Low, Confidence::Firm),
        };
        let what = match (all_named, batched) {
            (true, true) => "under a hundred names, and in lists",
            (true, false) => "under a hundred names",
            _ => "in lists",
        };
        let mut proof = Proof::new(
            severity,
            confidence,
            format!("{who} asked `{address}` for `{field}` {what}, in one request"),
        );
        if all_named {
            proof = proof.because(format!("all {ALIASES} names were answered, as one was"));
        }
        if batched {
            proof = proof.because(format!("a list of {BATCH} questions got {BATCH} answers"));
        }
        if real.is_none() {
            proof =
                proof.because("only the name of a type was asked for: real fields may be limited");
        }
        let shown = if all_named { many.index } else { listed.index };
        return Ok(Verdict::fail(proof.about(address).shown_by([shown, one.index])));
    }
    Ok(passed.unwrap_or(Verdict::NotApplicable))
}

/// A cheap field of the graph's own with one value of it, that was answered while the corpus was read.
fn real_field(ctx: &Context<'_>, graph: &Graph, who: Who) -> Option<String> {
    let mut found: Vec<(usize, String)> = answered(ctx, graph, who)
        .into_iter()
        .filter_map(|it| {
            let size = it.sample.success()?.body.len();
            Some((size, one_value(graph, it.field)?))
        })
        .collect();
    found.sort();
    found.into_iter().next().map(|(_, text)| text)
}

/// The field with one value of what it gives.
fn one_value(graph: &Graph, field: &GraphField) -> Option<String> {
    if !field.arguments.is_empty() {
        return None;
    }
    if graph.is_leaf(&field.of) {
        return Some(field.name.clone());
    }
    let known = graph.type_of(&field.of)?;
    let plain = |it: &&GraphField| graph.is_leaf(&it.of) && it.arguments.is_empty();
    let value = known.fields.iter().find(plain)?;
    Some(format!("{}{{{}}}", field.name, value.name))
}

/// A list of equal questions.
fn batch(address: &str, field: &str) -> Request {
    let one = json!({ "query": format!("query{{{field}}}") });
    Request::new(Method::Post, address).json(&Value::Array(vec![one; BATCH]))
}

/// Whether a list of answers came, each with data.
fn is_batch(json: &Value) -> bool {
    json.as_array().is_some_and(|answers| {
        answers.len() == BATCH
            && answers.iter().all(|it| it.get("data").is_some_and(|data| !data.is_null()))
    })
}
