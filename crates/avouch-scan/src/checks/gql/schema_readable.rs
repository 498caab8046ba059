//! GQL-01: anybody may read the schema of a graph.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::block;
use crate::oracle::graph_answer::{ORDINARY, ends_so, speaks};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_catalog::graph::types_named;
use avouch_model::exchange::{Answer, Outcome};
use avouch_model::operation::{Method, Security};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::json;
use std::collections::BTreeSet;

/// GQL-01
pub(super) const CHECK: Check = Check {
    id: "GQL-01",
    name: "schema-readable",
    title: "Anybody may read the schema of the graph",
    family: Family::Gql,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(200),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("schema_readable.md"),
    applies: |_| true,
    run,
};

/// LIMIT: addresses that are asked.
const CANDIDATES_MAX: usize = 8;

/// The types and their fields, by name.
const SCHEMA: &str = "query{__schema{queryType{name}types{name kind fields{name}}}}";

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut graphs = 0_usize;
    let mut gaps = Vec::new();
    for target in candidates(ctx) {
        let Some((plain, answer)) = ask(tape, &target, ORDINARY, &mut gaps)? else { continue };
        if !speaks(answer) {
            continue;
        }
        graphs += 1;
        let Some((shown, answer)) = ask(tape, &target, SCHEMA, &mut gaps)? else { continue };
        let types = answer.json().map(|json| types_named(&json)).unwrap_or_default();
        if types.is_empty() {
            continue;
        }
        let public = is_public(ctx, &target);
        let severity = if public { Severity::Info } else { Severity::Low };
        let names: Vec<&str> = types.iter().take(4).map(String::as_str).collect();
        let summary =
            format!("nobody asked `{target}` for its schema and was given {} types", types.len());
        return Ok(Verdict::fail(
            Proof::new(severity, Confidence::Confirmed, summary)
                .because(format!("among the types are {}", names.join(", ")))
                .because("an ordinary query is answered in the form of GraphQL as well")
                .because(if public {
                    "nothing here asks for a credential, so the graph may be public on purpose"
                } else {
                    "other operations need a credential, so the graph is not for everybody"
                })
                .about(target)
                .shown_by([shown, plain]),
        ));
    }
    Ok(match (gaps.first(), graphs) {
        (Some(first), _) => Verdict::inconclusive(format!("not every address answered: {first}")),
        (None, 0) => Verdict::NotApplicable,
        (None, _) => Verdict::Pass,
    })
}

/// Addresses at which a graph answered, and others that were met or are described and look so.
fn candidates(ctx: &Context<'_>) -> Vec<String> {
    let described = ctx
        .catalog
        .operations
        .iter()
        .filter(|o| o.method == Method::Post && ends_so(&o.path) && !o.path.contains('{'))
        .map(|o| ctx.path(&o.path));
    let met = ctx
        .target
        .met_paths
        .iter()
        .filter_map(|path| path.split(['?', '#']).next())
        .filter(|path| path.starts_with('/') && ends_so(path))
        .map(str::to_owned);
    let mut seen = BTreeSet::new();
    ctx.target
        .graphs
        .iter()
        .cloned()
        .chain(described)
        .chain(met)
        .filter(|target| seen.insert(target.clone()))
        .take(CANDIDATES_MAX)
        .collect()
}

/// The answer to a query and its place; `None` when there was none, which is noted as a gap.
fn ask<'t>(
    tape: &mut Tape<'t>,
    target: &str,
    query: &str,
    gaps: &mut Vec<String>,
) -> Result<Option<(usize, &'t Answer)>, Step> {
    let request = Request::new(Method::Post, target).json(&json!({ "query": query }));
    let tried = tape.send_any(request)?;
    let why = match &tried.exchange.outcome {
        Outcome::Failed(failure) => failure.to_string(),
        Outcome::Answered(answer) => match block::blocked(answer) {
            Some(why) => why,
            None => return Ok(Some((tried.index, answer))),
        },
    };
    gaps.push(format!("`{target}`: {why}"));
    Ok(None)
}

/// Whether nothing says that the graph is for some only.
fn is_public(ctx: &Context<'_>, target: &str) -> bool {
    let own = ctx
        .catalog
        .operations
        .iter()
        .find(|o| o.method == Method::Post && ctx.path(&o.path) == target)
        .map(|o| &o.security);
    match own {
        Some(Security::Open | Security::Optional(_)) => true,
        Some(Security::Required(_)) => false,
        Some(Security::Undeclared) | None => {
            let guarded = |o: &avouch_model::operation::Operation| {
                matches!(o.security, Security::Required(_))
            };
            ctx.identities.is_empty() && !ctx.catalog.operations.iter().any(guarded)
        }
    }
}
