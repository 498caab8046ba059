//! GQL-10: a subscription tells strangers what queries keep from them.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::graph_answer::{denies, is_hollow};
use crate::oracle::leaves::leaves_of;
use crate::step::{Request, SocketCall, Step};
use crate::tape::{Flow, Socket, Tape};
use avouch_catalog::graph::{Graph, GraphField, GraphInput, Wanted};
use avouch_model::identity::Who;
use avouch_model::operation::GraphRoot;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Value, json};

/// GQL-10
pub(super) const CHECK: Check = Check {
    id: "GQL-10",
    name: "subscription-open",
    title: "A subscription of the graph tells strangers what queries keep from them",
    family: Family::Gql,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::PrivateSet, Oracle::Contrast, Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(306),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("subscription_open.md"),
    applies: |ctx| ctx.catalog.graphs.iter().any(|graph| !graph.subscriptions().is_empty()),
    run,
};

/// The two protocols: how each is called, and how each subscribes.
const PROTOCOLS: [(&str, &str); 2] =
    [("graphql-transport-ws", "subscribe"), ("graphql-ws", "start")];
/// LIMIT: subscriptions that are asked for.
const FIELDS_MAX: usize = 3;
/// LIMIT: messages that are listened to.
const MESSAGES_MAX: u16 = 6;
/// LIMIT: milliseconds a socket is listened to.
const LISTEN_MS: u32 = 4_000;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let mut open = None;
    let mut judged = false;
    for graph in &ctx.catalog.graphs {
        let free = graph
            .subscriptions()
            .iter()
            .filter(|it| !it.arguments.iter().any(GraphInput::is_needed));
        for field in free.take(FIELDS_MAX) {
            match one(ctx, tape, graph, field)? {
                End::Told(proof) => return Ok(Verdict::Fail(proof)),
                End::Refused => judged = true,
                End::Unclear(why) => open = Some(why),
            }
        }
    }
    Ok(match (open, judged) {
        (Some(why), _) => Verdict::inconclusive(why),
        (None, true) => Verdict::Pass,
        (None, false) => {
            Verdict::inconclusive("every subscription needs to be told something first")
        }
    })
}

enum End {
    /// Strangers were told.
    Told(Box<Proof>),
    /// They were refused, or told what is for everybody.
    Refused,
    /// It cannot be said.
    Unclear(String),
}

fn one(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    graph: &Graph,
    field: &GraphField,
) -> Result<End, Step> {
    let wanted = Wanted { depth: 2, ..Wanted::default() };
    let Some(asked) = graph.ask(GraphRoot::Query, field, &wanted) else {
        return Ok(End::Unclear(format!("nothing of `{}` can be selected", field.name)));
    };
    let text = asked.text.replacen("query", "subscription", 1);
    for (protocol, word) in PROTOCOLS {
        let socket = tape.web_socket(call(&graph.path, protocol, word, &text))?;
        if !socket.stands() {
            continue;
        }
        return Ok(judge(ctx, graph, field, &socket));
    }
    Ok(End::Unclear(format!("`{}` opens no socket in either protocol", graph.path)))
}

fn call(path: &str, protocol: &str, word: &str, query: &str) -> SocketCall {
    let subscribe = json!({ "id": "1", "type": word, "payload": { "query": query } });
    SocketCall {
        request: Request::read(path).header("sec-websocket-protocol", protocol),
        texts: vec![
            json!({ "type": "connection_init", "payload": {} }).to_string(),
            subscribe.to_string(),
        ],
        messages_max: MESSAGES_MAX,
        at_most_ms: LISTEN_MS,
    }
}

fn judge(ctx: &Context<'_>, graph: &Graph, field: &GraphField, socket: &Socket<'_>) -> End {
    let heard: Vec<Value> =
        socket.talk.heard.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let is = |message: &&Value, kinds: &[&str]| {
        message.get("type").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind))
    };
    let said = heard.iter().find(|message| is(message, &["next", "data"]));
    let data = said.and_then(|it| it.pointer("/payload/data")).filter(|data| !is_hollow(data));
    let Some(data) = data else {
        let refused = said.is_some()
            || socket.talk.closed.is_some()
            || heard.iter().any(|it| is(&it, &["error", "connection_error", "complete"]));
        return if refused {
            End::Refused
        } else {
            let name = &field.name;
            End::Unclear(format!(
                "nobody may subscribe to `{name}`, and nothing was told meanwhile"
            ))
        };
    };
    let Some((confidence, why)) = kept_from_strangers(ctx, graph, field, data) else {
        return End::Refused;
    };
    let summary = format!("nobody subscribed to `{}` of `{}` and was told", field.name, graph.path);
    End::Told(Box::new(
        Proof::new(Severity::High, confidence, summary)
            .because("no credential was sent, in the handshake or after it")
            .because(why)
            .about(field.name.clone())
            .shown_by([socket.index]),
    ))
}

/// Why what was told is not for everybody; `None` when it may be.
fn kept_from_strangers(
    ctx: &Context<'_>,
    graph: &Graph,
    field: &GraphField,
    data: &Value,
) -> Option<(Confidence, String)> {
    for leaf in leaves_of(data) {
        let personal = Placeholder::parse(&leaf.value).is_some_and(|it| it.class.is_personal());
        let private = leaf.is_telling()
            && [Who::A, Who::B].into_iter().any(|who| ctx.corpus.is_private(&leaf.value, who));
        if personal || private {
            let what = if personal { "is personal" } else { "only one identity was ever shown" };
            return Some((Confidence::Confirmed, format!("`{}` {what}", leaf.path)));
        }
    }
    let of = &graph.item_type(&field.of).name;
    let guarded = ctx.catalog.operations.iter().find(|operation| {
        let gives = ctx.catalog.graph_field(operation).is_some_and(|(at, field)| {
            at.path == graph.path && at.item_type(&field.of).name == *of
        });
        let answers = |who| ctx.corpus.of(&operation.id, who).filter_map(|sample| sample.answer());
        gives
            && answers(Who::Nobody).any(denies)
            && answers(Who::A).any(|it| it.is_success() && !denies(it))
    })?;
    let why = format!("`{}` gives the same type to A and refuses nobody's question", guarded.id);
    Some((Confidence::Firm, why))
}
