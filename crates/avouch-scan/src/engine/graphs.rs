//! Finds the graphs of a target and what they hold.
//!
//! In scope: where a graph answers, its schema by introspection (as nobody, else as somebody), the
//! schema the user gave, and, failing that, what can be guessed. Out of scope: reading what the graph holds, which is the survey's.

use super::graph_guess;
use super::recon::{Recon, send_all};
use super::sender::Sender;
use crate::oracle::graph_answer::{ORDINARY, denies, ends_so, speaks};
use crate::oracle::soft_not_found::Calibration;
use crate::step::{Credential, Request};
use avouch_catalog::graph::{Graph, INTROSPECTION};
use avouch_catalog::{Catalog, Description, Document};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::report::Warning;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where graphs are served, below the base path and from the root.
const USUAL: [&str; 4] = ["/graphql", "/api/graphql", "/v1/graphql", "/query"];
/// LIMIT: addresses that are asked.
const CANDIDATES_MAX: usize = 8;
/// LIMIT: graphs that are read.
const GRAPHS_MAX: usize = 3;

/// Looks for graphs and takes them into the catalogue, with what they tell of themselves.
pub(super) async fn find(sender: &Arc<Sender>, recon: &mut Recon, people: &[Who]) {
    let somebody = people.iter().copied().find(|who| *who != Who::Nobody);
    let mut served = Vec::new();
    let asked = candidates(&recon.catalog, &recon.target.base_path, sender.address().path());
    let requests = asked.iter().map(|path| question(path, ORDINARY)).collect();
    let exchanges = send_all(sender, requests).await;
    for (path, exchange) in asked.iter().zip(&exchanges) {
        let Some(answer) = exchange.answer() else { continue };
        match (speaks(answer), turned_away(answer, &recon.target.not_found), somebody) {
            (true, _, _) => served.push(path.clone()),
            (false, true, Some(who)) => {
                let request = question(path, ORDINARY).with(Credential::Of(who));
                if sender.send(&request).await.answer().is_some_and(speaks) {
                    served.push(path.clone());
                }
            }
            _ => (),
        }
    }
    served.truncate(GRAPHS_MAX);
    for path in served {
        if read(sender, recon, &path, somebody).await {
            recon.target.graphs.push(path);
        }
    }
}

/// Addresses that may be a graph, those that are described first.
fn candidates(catalog: &Catalog, base: &str, stated: &str) -> Vec<String> {
    let described = catalog
        .operations
        .iter()
        .filter(|o| o.method == Method::Post && o.graph.is_none())
        .filter(|o| ends_so(&o.path) && !o.path.contains('{'))
        .map(|o| format!("{base}{}", o.path));
    let given = catalog.graphs.iter().map(|graph| graph.path.clone());
    let stated = Some(stated.to_owned()).filter(|path| ends_so(path));
    let usual = USUAL.iter().flat_map(|path| [format!("{base}{path}"), (*path).to_owned()]);
    let mut seen = BTreeSet::new();
    stated
        .into_iter()
        .chain(described)
        .chain(given)
        .chain(usual)
        .filter(|path| seen.insert(path.clone()))
        .take(CANDIDATES_MAX)
        .collect()
}

/// A query at that address, by nobody.
fn question(path: &str, query: &str) -> Request {
    Request::new(Method::Post, path).json(&json!({ "query": query }))
}

fn turned_away(answer: &Answer, not_found: &Calibration) -> bool {
    (matches!(answer.status, 401 | 403) || denies(answer)) && !not_found.is_not_found(answer)
}

/// Asks a graph for its schema; one that the user gave stands, at the address it is found at. Whether
/// it is another graph than those that are known: one graph may be served at several addresses.
async fn read(sender: &Arc<Sender>, recon: &mut Recon, path: &str, somebody: Option<Who>) -> bool {
    let given = recon.descriptions.iter().position(|it| Graph::read(&it.main).is_some());
    if let Some(at) = given {
        move_given(recon, at, path);
        return recon.catalog.graphs.iter().any(|graph| graph.path == path);
    }
    let as_whom = std::iter::once(Credential::None).chain(somebody.map(Credential::Of));
    for credential in as_whom {
        let request = question(path, INTROSPECTION).with(credential);
        let exchange = sender.send(&request).await;
        let Some(answer) = exchange.answer().filter(|answer| !answer.truncated) else { continue };
        let name = format!("{}{path}", recon.target.origin);
        let document = Document { name, bytes: answer.body.clone().into_bytes() };
        if let Some(graph) = Graph::read(&document) {
            if recon.catalog.graphs.iter().any(|known| known.types == graph.types) {
                return false;
            }
            take_in(recon, document, graph);
            return true;
        }
    }
    for who in std::iter::once(None).chain(somebody.map(Some)) {
        let Some(schema) = graph_guess::guess(sender, path, who).await else { continue };
        let name = format!("{}{path}", recon.target.origin);
        let document = Document { name, bytes: schema.into_bytes() };
        if let Some(graph) = Graph::read(&document) {
            let message = format!(
                "`{path}` does not tell its schema: what is asked of it was guessed from its \
                 corrections; give the schema with `--graphql FILE`"
            );
            recon.warnings.push(Warning { place: None, message });
            take_in(recon, document, graph);
            return true;
        }
    }
    true
}

fn take_in(recon: &mut Recon, document: Document, graph: Graph) {
    recon.catalog.add_graph(graph);
    recon.descriptions.push(Description { main: document, others: Vec::new() });
}

/// Gives a schema from a file the address at which the target serves it.
fn move_given(recon: &mut Recon, at: usize, path: &str) {
    let served = recon.catalog.graphs.iter().any(|it| recon.target.graphs.contains(&it.path));
    let served = served || recon.catalog.graphs.iter().any(|graph| graph.path == path);
    let Some(description) = recon.descriptions.get_mut(at).filter(|_| !served) else { return };
    let document = &mut description.main;
    document.name = format!("{}{path}", recon.target.origin);
    let Some(graph) = Graph::read(document) else { return };
    let old: BTreeSet<String> = recon.catalog.graphs.drain(..).map(|it| it.path).collect();
    recon.catalog.operations.retain(|operation| {
        let of = operation.path.split_once("#/").map(|(path, _)| path);
        !of.is_some_and(|of| old.contains(of))
    });
    recon.catalog.add_graph(graph);
}
