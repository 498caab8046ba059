//! GQL-05: a question may stand in itself as deep as it likes.

use super::asking::{addresses, has_graph, query, schema, speaker};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::graph_answer::{errors, is_graph};
use crate::tape::{Flow, Tape};
use avouch_catalog::graph::{Graph, GraphField, GraphInput};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::VecDeque;

/// GQL-05
pub(super) const CHECK: Check = Check {
    id: "GQL-05",
    name: "depth-unbounded",
    title: "A question to the graph may be nested without bound",
    family: Family::Gql,
    severity: Severity::Low,
    confidence: Confidence::Firm,
    oracles: &[Oracle::Contrast, Oracle::Grammar],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(674),
    owasp: &[Owasp::Api(4)],
    criteria: &["A1.1"],
    page: include_str!("deep_question.md"),
    applies: has_graph,
    run,
};

/// LIMIT: how deep is asked: no page needs as much.
const DEPTH: usize = 25;
/// How deep the question is that must work, so that the deep one can be judged.
const SHALLOW: usize = 2;
/// LIMIT: steps of a way back to the same type.
const CIRCLE_MAX: usize = 4;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut open = None;
    let mut judged = false;
    for address in addresses(ctx) {
        let Some(entry) = schema(ctx, address).and_then(|graph| entry(ctx, graph)) else {
            open = Some(format!("no way in `{address}` is known that leads back to itself"));
            continue;
        };
        let who = speaker(ctx, tape, address)?;
        let shallow = tape.send(query(address, &entry.nested(SHALLOW)).by(who))?;
        if !understood(shallow.answer()) {
            open = Some(format!("`{address}` does not take the question when it is shallow"));
            continue;
        }
        let deep = tape.send(query(address, &entry.nested(DEPTH)).by(who))?;
        judged = true;
        if !understood(deep.answer()) {
            continue;
        }
        let summary = format!("`{address}` took a question that is nested {DEPTH} deep");
        return Ok(Verdict::fail(
            Proof::new(Severity::Low, Confidence::Firm, summary)
                .because(format!("`{}` leads back to itself", entry.circle.join(".")))
                .because("it was answered as the shallow question is, without a word of its depth")
                .because("the thing it begins at does not exist, so that nothing was computed")
                .about(address)
                .shown_by([deep.index, shallow.index]),
        ));
    }
    Ok(match (judged, open) {
        (_, Some(why)) => Verdict::inconclusive(why),
        (true, None) => Verdict::Pass,
        (false, None) => Verdict::NotApplicable,
    })
}

/// A field that is told which thing is meant, and a way from that thing back to its own type.
struct Entry {
    /// The field with an id that was never issued.
    head: String,
    /// Fields on the way.
    circle: Vec<String>,
}

impl Entry {
    /// The way walked until it is so deep. The thing does not exist, so the depth costs nothing: only
    /// what judges questions before they are answered sees it.
    fn nested(&self, depth: usize) -> String {
        let names: Vec<&str> = self.circle.iter().map(String::as_str).cycle().take(depth).collect();
        let opened = names.join("{");
        format!("query{{{}{{{opened}{{__typename}}{}}}", self.head, "}".repeat(depth))
    }
}

fn entry(ctx: &Context<'_>, graph: &Graph) -> Option<Entry> {
    graph.queries().iter().find_map(|field| {
        let [key] = required(field).collect::<Vec<_>>()[..] else { return None };
        let id = match key.of.text.trim_end_matches('!') {
            "ID" | "String" => format!("\"{}\"", ctx.nonces.uuid("id")),
            "Int" => ctx.nonces.number("id", 1_500_000_000, 2_100_000_000).to_string(),
            _ => return None,
        };
        let circle = circle(graph, &field.of.name).filter(|_| !field.of.list)?;
        Some(Entry { head: format!("{}({}:{id})", field.name, key.name), circle })
    })
}

fn required(field: &GraphField) -> impl Iterator<Item = &GraphInput> {
    field.arguments.iter().filter(|argument| argument.is_required())
}

/// The shortest way from a type back to itself, by fields that need nothing.
fn circle(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut open: VecDeque<(String, Vec<String>)> = [(start.to_owned(), Vec::new())].into();
    while let Some((at, way)) = open.pop_front() {
        let known = graph.types.get(&at)?;
        let free = known.fields.iter().filter(|field| required(field).next().is_none());
        for field in free.filter(|field| !graph.is_leaf(&field.of)) {
            let further: Vec<String> = way.iter().cloned().chain([field.name.clone()]).collect();
            if field.of.name == start {
                return Some(further);
            }
            if further.len() < CIRCLE_MAX && graph.types.contains_key(&field.of.name) {
                open.push_back((field.of.name.clone(), further));
            }
        }
    }
    None
}

/// Whether the question was executed: there is data, be it nothing, and no error that is about the
/// question rather than the thing.
fn understood(answer: &Answer) -> bool {
    let Some(json) = answer.json().filter(is_graph) else { return false };
    let judged = ["depth", "complex", "cost", "nested", "too many", "limit", "token"];
    let about_question = errors(answer).iter().any(|error| {
        let lower = error.message.to_ascii_lowercase();
        error.path.is_empty() || judged.iter().any(|word| lower.contains(word))
    });
    json.get("data").is_some() && !about_question
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_is_walked_round_and_round() {
        let circle = vec!["customer".to_owned(), "orders".to_owned()];
        let entry = Entry { head: "order(id:\"x\")".into(), circle };
        assert_eq!(
            entry.nested(3),
            "query{order(id:\"x\"){customer{orders{customer{__typename}}}}}"
        );
    }
}
