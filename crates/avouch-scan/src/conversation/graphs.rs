//! Graphs in conversations: the directive, and answers that were given to fields.

use super::drive::answered;
use super::parse::Reply;
use super::pattern::Captures;
use super::world::World;
use crate::corpus::{Binding, Sample, Source};
use crate::graphs::{self, Known};
use avouch_catalog::Document;
use avouch_catalog::graph::{Graph, Wanted};
use avouch_model::identity::Who;
use avouch_model::operation::{Method, OperationId};

/// `/graphql type Query { … }`
pub(super) fn graph(world: &mut World, value: &str) -> Result<(), String> {
    let (path, text) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    world.target.graphs.push(path.to_owned());
    if text.trim().is_empty() {
        return Ok(());
    }
    let document =
        Document { name: format!("http://api.test{path}"), bytes: text.as_bytes().to_vec() };
    let graph = Graph::read(&document).ok_or("no schema")?;
    world.catalog.add_graph(graph);
    Ok(())
}

/// A given answer to a field of a graph: `A POST /graphql#/order id=41`.
pub(super) fn field_sample(
    world: &World,
    by: Who,
    target: &str,
    values: std::str::SplitWhitespace<'_>,
) -> Result<Sample, String> {
    let id = OperationId::new(&Method::Post, target);
    let operation = world.catalog.operations.iter().find(|o| o.id == id).ok_or("no such field")?;
    let (graph, field) = world.catalog.graph_field(operation).ok_or("no such field")?;
    let root = operation.graph.ok_or("no field")?;
    let wanted = Wanted { depth: 2, ..Wanted::default() };
    let asked = graph.ask(root, field, &wanted).ok_or("nothing to select")?;
    let known = Known::of(&world.catalog, &world.corpus, by);
    let mut bindings = Vec::new();
    for (name, value) in values.filter_map(|pair| pair.split_once('=')) {
        let argument = field.arguments.iter().find(|it| it.name == name).ok_or("no argument")?;
        let offered = known.values(graph, field, argument, &world.corpus);
        let invented = || Binding {
            parameter: name.to_owned(),
            value: value.to_owned(),
            source: Source::Invented,
        };
        bindings.push(offered.into_iter().find(|b| b.value == value).unwrap_or_else(invented));
    }
    let request = graphs::request(graph, &asked, &bindings).by(by);
    let exchange = answered(world, &request, &Reply::default(), &Captures::new());
    Ok(Sample { operation: id, who: by, request, bindings, exchange })
}
