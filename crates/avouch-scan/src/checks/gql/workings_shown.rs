//! GQL-03: a graph serves its developers' tools, or tells how it works inside.

use super::asking::{addresses, has_graph, query};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// GQL-03
pub(super) const CHECK: Check = Check {
    id: "GQL-03",
    name: "workings-shown",
    title: "The graph serves its developers' tools or tells how it works inside",
    family: Family::Gql,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::SoftNotFound],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(489),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("workings_shown.md"),
    applies: has_graph,
    run,
};

/// What the pages of tools hold, lower case, and which tool it is.
const TOOLS: [(&str, &str); 7] = [
    ("graphiql", "GraphiQL"),
    ("graphql playground", "GraphQL Playground"),
    ("graphql-playground", "GraphQL Playground"),
    ("embeddedsandbox(", "Apollo Sandbox"),
    ("altair-graphql", "Altair"),
    ("graphql-voyager", "Voyager"),
    ("<title>altair", "Altair"),
];
/// Where tools are served besides the address of the graph.
const TOOL_PATHS: [&str; 4] = ["/graphiql", "/playground", "/altair", "/voyager"];
/// Members of `extensions` that tell how the answer came about, and what each is.
const INSIDES: [(&str, &str); 6] = [
    ("/extensions/tracing", "the time each resolver took"),
    ("/extensions/queryPlan", "the plan by which services are asked"),
    ("/extensions/debug", "debugging facts"),
    ("/extensions/sql", "the SQL behind it"),
    ("/extensions/exception/stacktrace", "a stack trace"),
    ("/extensions/stacktrace", "a stack trace"),
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut found: Option<Proof> = None;
    for address in addresses(ctx) {
        let page = tape.send(Request::read(address).header("accept", "text/html"))?;
        if let Some(tool) = tool(page.answer()) {
            return Ok(Verdict::fail(served(tool, address, page.index)));
        }
        // A misspelt word: what goes wrong is told together with how.
        let reply = tape.send(query(address, "query{__typename __typenam}"))?;
        if let Some((place, what)) = insides(reply.answer()) {
            let summary = format!("`{address}` tells nobody how it works inside: {what}");
            found = Some(
                Proof::new(Severity::Low, Confidence::Confirmed, summary)
                    .because(format!("at `{place}` of the answer to a question with a mistake"))
                    .about(address)
                    .shown_by([reply.index]),
            );
        }
    }
    for path in TOOL_PATHS {
        let page = tape.send(ctx.read(path).header("accept", "text/html"))?;
        let there = !ctx.target.not_found.is_not_found(page.answer());
        if let Some(tool) = tool(page.answer()).filter(|_| there) {
            return Ok(Verdict::fail(served(tool, &ctx.path(path), page.index)));
        }
    }
    Ok(found.map_or(Verdict::Pass, Verdict::fail))
}

fn served(tool: &str, path: &str, index: usize) -> Proof {
    Proof::new(Severity::Low, Confidence::Confirmed, format!("`{path}` serves {tool} to anybody"))
        .because("the page is the tool's own, by its scripts and title")
        .because("it asks the graph from the visitor's browser, with what that is signed in with")
        .about(path)
        .shown_by([index])
}

/// Which tool a page is.
fn tool(answer: &Answer) -> Option<&'static str> {
    let html = answer.is_success() && answer.media_type().contains("html");
    let start: String = answer.body.chars().take(60_000).collect();
    let lower = start.to_ascii_lowercase();
    let scripted = lower.contains("<script");
    TOOLS.iter().find(|(text, _)| html && scripted && lower.contains(text)).map(|(_, tool)| *tool)
}

/// What an answer tells of the inside, and where.
fn insides(answer: &Answer) -> Option<(String, &'static str)> {
    let json = answer.json()?;
    let errors = json.get("errors").and_then(Value::as_array);
    let whole = std::iter::once((&json, ""));
    let each = errors.into_iter().flatten().map(|error| (error, "/errors/*"));
    whole.chain(each).find_map(|(value, place)| {
        let told = |pointer: &str| {
            value.pointer(pointer).is_some_and(|it| !it.is_null() && *it != Value::Bool(false))
        };
        let (pointer, what) = INSIDES.iter().find(|(pointer, _)| told(pointer))?;
        Some((format!("{place}{pointer}"), *what))
    })
}
