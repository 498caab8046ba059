//! LLM-11: a server of tools for models tells strangers its tools.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::danger;
use crate::oracle::block;
use crate::step::Request;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::operation::{Method, Security};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// LLM-11
pub(super) const CHECK: Check = Check {
    id: "LLM-11",
    name: "tool-server-open",
    title: "A server of tools for language models is open to anybody",
    family: Family::Llm,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(306),
    owasp: &[Owasp::Api(2), Owasp::Llm(6)],
    criteria: &["CC6.1"],
    page: include_str!("mcp_open.md"),
    applies: |_| true,
    run,
};

/// Where such servers are, below the base path and from the root.
const USUAL: [&str; 2] = ["/mcp", "/api/mcp"];
/// LIMIT: addresses that are asked.
const CANDIDATES_MAX: usize = 5;
/// The version of the protocol that is offered; servers answer with one of theirs.
const VERSION: &str = "2025-06-18";
/// Words of tools that act or open the machine, besides those that end things.
const ACTING: [&str; 24] = [
    "exec", "execute", "run", "shell", "command", "bash", "eval", "sql", "write", "create",
    "update", "edit", "insert", "put", "post", "send", "pay", "transfer", "refund", "grant",
    "upload", "deploy", "publish", "set",
];
/// What descriptions say that mean to steer the model unseen, lower case.
const HIDDEN: [&str; 6] = [
    "ignore previous",
    "ignore all previous",
    "do not tell the user",
    "don't tell the user",
    "do not mention",
    "<important>",
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut servers = 0_usize;
    let mut gap = None;
    for target in candidates(ctx) {
        let hello = call(
            &target,
            1,
            "initialize",
            &json!({
                "protocolVersion": VERSION,
                "capabilities": {},
                "clientInfo": { "name": "avouch", "version": "1" },
            }),
        );
        let tried = tape.send_any(hello)?;
        let Some(answer) = tried.exchange.answer() else {
            gap = Some(format!("`{target}` did not answer"));
            continue;
        };
        if let Some(why) = block::blocked(answer) {
            gap = Some(format!("`{target}`: {why}"));
            continue;
        }
        let Some(greeting) = result(answer) else {
            servers += usize::from(is_described(ctx, &target));
            continue;
        };
        if greeting.get("protocolVersion").is_none() || greeting.get("serverInfo").is_none() {
            continue;
        }
        servers += 1;
        let session = answer.headers.first("mcp-session-id").map(str::to_owned);
        let ask = |n: u32, method: &str| {
            let request = call(&target, n, method, &json!({}));
            let request = request.header("mcp-protocol-version", VERSION);
            match &session {
                Some(session) => request.header("mcp-session-id", session.clone()),
                None => request,
            }
        };
        tape.send_any(notified(ask(0, "notifications/initialized")))?;
        let listed = tape.send(ask(2, "tools/list"))?;
        let tools = list(&listed, "tools");
        let has_files = greeting.pointer("/capabilities/resources").is_some();
        let resources = if tools.is_empty() || has_files {
            Some(tape.send(ask(3, "resources/list"))?)
        } else {
            None
        };
        let files = resources.map(|reply| list(&reply, "resources")).unwrap_or_default();
        if tools.is_empty() && files.is_empty() {
            continue;
        }
        return Ok(Verdict::fail(proof(ctx, &target, &tools, &files, [tried.index, listed.index])));
    }
    Ok(match (gap, servers) {
        (Some(why), _) => Verdict::inconclusive(why),
        (None, 0) => Verdict::NotApplicable,
        (None, _) => Verdict::Pass,
    })
}

/// Addresses that may be such a server: described, met, and usual ones.
fn candidates(ctx: &Context<'_>) -> Vec<String> {
    let ends_so = |path: &str| {
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        last.eq_ignore_ascii_case("mcp")
    };
    let operations = ctx.catalog.operations.iter();
    let described = operations
        .filter(|o| o.method == Method::Post && ends_so(&o.path) && !o.path.contains('{'))
        .map(|o| ctx.path(&o.path));
    let met = ctx.target.met_paths.iter().filter(|path| ends_so(path)).cloned();
    let usual = USUAL.iter().flat_map(|path| [ctx.path(path), (*path).to_owned()]);
    let mut seen = BTreeSet::new();
    described
        .chain(met)
        .chain(usual)
        .filter(|path| seen.insert(path.clone()))
        .take(CANDIDATES_MAX)
        .collect()
}

fn is_described(ctx: &Context<'_>, target: &str) -> bool {
    ctx.catalog.operations.iter().any(|o| o.method == Method::Post && ctx.path(&o.path) == target)
}

/// A call (JSON-RPC 2.0) that only reads: nothing here ever calls a tool.
fn call(target: &str, id: u32, method: &str, params: &Value) -> Request {
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    Request::new(Method::Post, target)
        .header("accept", "application/json, text/event-stream")
        .json(&body)
}

/// The call as a notification, which has no id.
fn notified(mut request: Request) -> Request {
    let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    request.body = Some(body.to_string());
    request
}

/// The result of a call, plain or as a server-sent event.
fn result(answer: &Answer) -> Option<Value> {
    if !answer.is_success() {
        return None;
    }
    let event = || {
        let data = answer.body.lines().filter_map(|line| line.strip_prefix("data:"));
        data.filter_map(|data| serde_json::from_str::<Value>(data.trim()).ok())
            .find(|json| json.get("result").is_some())
    };
    let json = answer.json().or_else(event)?;
    (json.get("jsonrpc")?.as_str()? == "2.0").then(|| json.get("result").cloned())?
}

fn list(reply: &Reply<'_>, what: &str) -> Vec<Value> {
    let result = result(reply.answer()).unwrap_or_default();
    result.get(what).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn proof(
    ctx: &Context<'_>,
    target: &str,
    tools: &[Value],
    files: &[Value],
    shown: [usize; 2],
) -> Proof {
    let name = |it: &Value| it.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let acting: Vec<String> = tools.iter().map(name).filter(|name| acts(name)).collect();
    let hidden = tools.iter().find(|tool| {
        let text = tool.get("description").and_then(Value::as_str).unwrap_or_default();
        let lower = text.to_lowercase();
        HIDDEN.iter().any(|words| lower.contains(words)) || text.contains('\u{200b}')
    });
    let guarded =
        ctx.catalog.operations.iter().any(|o| matches!(o.security, Security::Required(_)))
            || !ctx.identities.is_empty();
    let severity = match (acting.is_empty(), guarded) {
        (false, _) => Severity::High,
        (true, true) => Severity::Medium,
        (true, false) => Severity::Info,
    };
    let names: Vec<String> = tools.iter().map(name).take(6).collect();
    let summary = format!("nobody was told {} tools of `{target}`", tools.len());
    let mut proof = Proof::new(severity, Confidence::Confirmed, summary)
        .because("it greeted a caller without a credential in the form of the protocol")
        .because(format!("among its tools are {}", names.join(", ")));
    if !files.is_empty() {
        proof = proof.because(format!("it lists {} resources", files.len()));
    }
    proof = match (acting.first(), guarded) {
        (Some(first), _) => proof.because(format!("`{first}` acts, by its name")),
        (None, true) => proof.because(
            "its tools only read, by their names; the rest of the API asks for a credential",
        ),
        (None, false) => proof
            .because("its tools only read, by their names, and nothing here asks for a credential"),
    };
    if let Some(tool) = hidden {
        let what = format!(
            "the description of `{}` speaks to the model behind the user's back",
            name(tool)
        );
        proof = proof.because(what);
    }
    proof.because("no tool was called").about(target).shown_by(shown)
}

/// Whether a tool acts, by the words of its name.
fn acts(name: &str) -> bool {
    danger::dangerous_word(name).is_some()
        || danger::words_of(name).iter().any(|word| ACTING.contains(&word.as_str()))
}
