//! Questions to graphs that the checks of this family share.

use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::graph_answer::{is_graph, is_hollow};
use crate::step::{Request, Step};
use crate::tape::Tape;
use avouch_catalog::graph::{Graph, GraphField};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{GraphRoot, Method, Operation};
use avouch_model::verdict::Verdict;
use serde_json::{Value, json};

/// LIMIT: graphs of one target that are asked.
pub(super) const GRAPHS_MAX: usize = 3;

/// Addresses at which a graph answered.
pub(super) fn addresses<'a>(ctx: &Context<'a>) -> impl Iterator<Item = &'a str> {
    ctx.target.graphs.iter().map(String::as_str).take(GRAPHS_MAX)
}

/// Whether there is a graph at all.
pub(super) fn has_graph(ctx: &Context<'_>) -> bool {
    !ctx.target.graphs.is_empty()
}

/// The schema of the graph at that address, when it is known.
pub(super) fn schema<'a>(ctx: &Context<'a>, address: &str) -> Option<&'a Graph> {
    ctx.catalog.graphs.iter().find(|graph| graph.path == address)
}

/// A query, by nobody.
pub(super) fn query(address: &str, text: &str) -> Request {
    Request::new(Method::Post, address).json(&json!({ "query": text }))
}

/// Asks as one who is answered: nobody where that is enough, else the first identity.
///
/// # Errors
/// The next step; ends as inconclusive when the ordinary query is answered to neither.
pub(super) fn speaker(ctx: &Context<'_>, tape: &mut Tape<'_>, address: &str) -> Result<Who, Step> {
    let mut said = String::new();
    for who in std::iter::once(Who::Nobody).chain(ctx.anyone()) {
        let reply = tape.send(query(address, "query{__typename}").by(who))?;
        if data(reply.answer()).is_some() {
            return Ok(who);
        }
        said = format!("{who} {}", reply.status);
    }
    let because = format!("`{address}` answers the ordinary query to no one: {said}");
    Err(Step::Done(Verdict::inconclusive(because)))
}

/// The data of an answer in the form of a graph's, when there is any.
pub(super) fn data(answer: &Answer) -> Option<Value> {
    let json = answer.json().filter(is_graph)?;
    json.get("data").filter(|data| !is_hollow(data)).cloned()
}

/// A query of this graph that answered somebody with data, and the field it asked.
pub(super) struct Answered<'a> {
    /// What was asked.
    pub(super) sample: &'a Sample,
    /// The field.
    pub(super) field: &'a GraphField,
}

/// Queries of the graph that the identity asked without values and that were answered with data.
pub(super) fn answered<'a>(ctx: &Context<'a>, graph: &'a Graph, who: Who) -> Vec<Answered<'a>> {
    let queries = ctx.catalog.operations.iter().filter(|o: &&Operation| {
        o.graph == Some(GraphRoot::Query) && o.path.starts_with(&format!("{}#/", graph.path))
    });
    let found = queries.filter_map(|operation| {
        let (_, field) = ctx.catalog.graph_field(operation)?;
        let sample = ctx.corpus.of(&operation.id, who).find(|sample| {
            sample.bindings.is_empty() && sample.success().is_some_and(|it| data(it).is_some())
        })?;
        Some(Answered { sample, field })
    });
    found.collect()
}
