//! GQL-07: a field of a graph gives an identity what is another's.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::bola::foreign_read;
use crate::context::Context;
use crate::graphs::is_key;
use avouch_model::operation::GraphRoot;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};

/// GQL-07
pub(super) const CHECK: Check = Check {
    id: "GQL-07",
    name: "other-users-node-readable",
    title: "A field of the graph gives away another user's object",
    family: Family::Gql,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::RandomControl, Oracle::Similarity],
    tier: Tier::Read,
    needs: &[Need::TwoIdentities],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("foreign_node.md"),
    applies,
    run: foreign_read::run,
};

/// Queries that are told which thing is meant: by-id fields, and `node`, which takes any id.
fn applies(ctx: &Context<'_>) -> bool {
    let Some(operation) = ctx.operation.filter(|o| o.graph == Some(GraphRoot::Query)) else {
        return false;
    };
    ctx.catalog.graph_field(operation).is_some_and(|(_, field)| field.arguments.iter().any(is_key))
}
