//! GQL-08: what is denied on one path of a graph is served on another.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::graphs::{Thing, is_key, things};
use crate::oracle::graph_answer::{GraphError, errors};
use crate::oracle::leaves::plain_key;
use crate::oracle::refusal::refuses;
use crate::oracle::triad::uncached;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_catalog::graph::{Graph, GraphField};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{GraphRoot, Method, Operation, OperationId};
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// GQL-08
pub(super) const CHECK: Check = Check {
    id: "GQL-08",
    name: "denied-here-served-there",
    title: "What one path of the graph denies another serves",
    family: Family::Gql,
    severity: Severity::High,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Contrast, Oracle::Replicate],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(863),
    owasp: &[Owasp::Api(1), Owasp::Api(3)],
    criteria: &["CC6.3"],
    page: include_str!("other_path.md"),
    applies: |ctx| reads_a_graph(ctx).is_some(),
    run,
};

/// LIMIT: values that are asked for again on the direct path.
const TRIED_MAX: usize = 6;

/// A sensitive value of somebody else's thing, and where it was served.
struct Served<'a> {
    graph: &'a Graph,
    sample: &'a Sample,
    of: String,
    id: String,
    field: String,
    value: String,
    place: String,
}

/// The operation, when it is a query of a graph whose fields are known.
fn reads_a_graph<'a>(ctx: &Context<'a>) -> Option<(&'a Operation, &'a Graph, &'a GraphField)> {
    let operation = ctx.operation.filter(|it| it.graph == Some(GraphRoot::Query))?;
    let (graph, field) = ctx.catalog.graph_field(operation)?;
    Some((operation, graph, field))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(read) = reads_a_graph(ctx) else { return Ok(Verdict::NotApplicable) };
    let mut judged = false;
    let mut open = None;
    let mut tried = BTreeSet::new();
    for reader in [Who::B, Who::A] {
        for served in served(ctx, read, reader) {
            let direct = direct(served.graph, &served.of);
            let Some(direct) = direct.filter(|it| it.name != field_of(&served.sample.operation))
            else {
                continue;
            };
            let key =
                (reader, served.of.clone(), served.field.clone(), served.sample.operation.clone());
            if tried.len() >= TRIED_MAX || !tried.insert(key) {
                continue;
            }
            let asked = question(served.graph, direct, &served.id, &served.field);
            let denied = tape.send(uncached(asked).by(reader).shared())?;
            judged = true;
            if !denies(&denied, direct, &served.field) {
                continue;
            }
            match prove(ctx, tape, &served, direct, &denied, reader)? {
                Ok(proof) => return Ok(Verdict::fail(proof)),
                Err(why) => open = Some(why),
            }
        }
    }
    if let Some(why) = open {
        return Ok(Verdict::inconclusive(why));
    }
    if judged {
        return Ok(Verdict::Pass);
    }
    let answered = [Who::A, Who::B]
        .into_iter()
        .any(|who| ctx.corpus.of(&read.0.id, who).any(|sample| sample.success().is_some()));
    Ok(if answered {
        Verdict::NotApplicable
    } else {
        Verdict::inconclusive("neither identity was answered")
    })
}

/// Sensitive values of things that are not the reader's own, in what it was answered.
fn served<'a>(
    ctx: &Context<'a>,
    (operation, graph, field): (&Operation, &'a Graph, &GraphField),
    reader: Who,
) -> Vec<Served<'a>> {
    let own = ctx.identity(reader).map(|it| it.own_values.clone()).unwrap_or_default();
    let mut found = Vec::new();
    for sample in ctx.corpus.of(&operation.id, reader) {
        let Some(json) = sample.success().and_then(Answer::json) else { continue };
        for thing in things(graph, field, &json) {
            if !own.contains(&thing.id) {
                found.extend(sensitive(graph, sample, &thing, &own));
            }
        }
    }
    // What is served without being told an id says most of the path.
    found.sort_by_key(|it| !it.sample.bindings.is_empty());
    found
}

fn sensitive<'a>(
    graph: &'a Graph,
    sample: &'a Sample,
    thing: &Thing<'_>,
    own: &[String],
) -> Option<Served<'a>> {
    let members = thing.value.as_object()?;
    let (field, value) = members.iter().find_map(|(name, value)| {
        let text = value.as_str()?;
        let personal = Placeholder::parse(text).is_some_and(|it| it.class.is_personal());
        (personal && !own.iter().any(|it| it == text)).then(|| (name.clone(), text.to_owned()))
    })?;
    let place = format!("{}/{field}", thing.place);
    let (of, id) = (thing.of.clone(), thing.id.clone());
    Some(Served { graph, sample, of, id, field, value, place })
}

/// The query that gives one thing of that type by its id.
fn direct<'g>(graph: &'g Graph, of: &str) -> Option<&'g GraphField> {
    graph.queries().iter().find(|field| {
        let mut needed = field.arguments.iter().filter(|it| it.is_needed());
        field.of.name == of
            && !field.of.list
            && needed.next().is_some_and(is_key)
            && needed.next().is_none()
    })
}

fn question(graph: &Graph, direct: &GraphField, id: &str, field: &str) -> Request {
    let key = direct.arguments.iter().find(|it| it.is_needed());
    let (name, of) = key.map_or(("id", "ID!"), |key| (key.name.as_str(), key.of.text.as_str()));
    let text = format!("query(${name}:{of}){{{}({name}:${name}){{{field}}}}}", direct.name);
    let number = of.starts_with("Int");
    let value = if number { serde_json::from_str(id).unwrap_or_default() } else { json!(id) };
    let body = json!({ "query": text, "variables": { name: value } });
    Request::new(Method::Post, &graph.path).json(&body)
}

fn field_of(operation: &OperationId) -> &str {
    operation.0.rsplit_once("#/").map_or("", |(_, name)| name)
}

/// Whether the answer holds no such value and says that the caller may not.
fn denies(reply: &Reply<'_>, direct: &GraphField, field: &str) -> bool {
    let json = reply.answer().json().unwrap_or_default();
    let value = json.pointer(&format!("/data/{}/{field}", direct.name));
    value.is_none_or(Value::is_null) && errors(reply.answer()).iter().any(GraphError::denies)
}

/// The direct path works for the reader's own thing, and the other path serves the value again.
fn prove(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    served: &Served<'_>,
    direct: &GraphField,
    denied: &Reply<'_>,
    reader: Who,
) -> Result<Result<Proof, String>, Step> {
    let again = tape.send(uncached(served.sample.request.clone()).by(reader))?;
    if refuses(again.answer()) || !again.answer().body.contains(&served.value) {
        return Ok(Err(format!("`{}` did not serve it again", served.sample.operation)));
    }
    let own = ctx.identity(reader).into_iter().flat_map(|it| &it.own_values);
    let own_id = own.into_iter().find(|id| own_thing(ctx, served.graph, reader, &served.of, id));
    let Some(own_id) = own_id else {
        return Ok(Err(format!("no `{}` is known to be {reader}'s own", served.of)));
    };
    let control = question(served.graph, direct, own_id, &served.field);
    let control = tape.send(uncached(control).by(reader))?;
    if refuses(control.answer()) || denies(&control, direct, &served.field) {
        return Ok(Err(format!("`{}` does not give {reader} its own either", direct.name)));
    }
    let kind = plain_key(&served.field);
    let summary = format!(
        "{reader} is denied `{}.{}` of another at `{}` and was served it by `{}`",
        served.of,
        served.field,
        direct.name,
        field_of(&served.sample.operation)
    );
    Ok(Ok(Proof::new(Severity::High, Confidence::Firm, summary)
        .because(format!("served twice, at `{}`", served.place))
        .because(format!("denied at `{}`, with an error that says so", direct.name))
        .because(format!(
            "`{}` gives {reader} its own {kind}, so the field is guarded there",
            direct.name
        ))
        .about(format!("{}.{}", served.of, served.field))
        .at(served.sample.operation.clone())
        .shown_by([again.index, denied.index, control.index])))
}

/// Whether the reader was shown a thing of that type with that id, as its own.
fn own_thing(ctx: &Context<'_>, graph: &Graph, reader: Who, of: &str, id: &str) -> bool {
    let operations = ctx.catalog.operations.iter().filter(|o| o.graph.is_some());
    operations.into_iter().any(|operation| {
        let Some((at, field)) = ctx.catalog.graph_field(operation) else { return false };
        at.path == graph.path
            && ctx.corpus.of(&operation.id, reader).any(|sample| {
                let json = sample.success().and_then(Answer::json).unwrap_or_default();
                things(graph, field, &json).iter().any(|thing| thing.of == of && thing.id == id)
            })
    })
}
