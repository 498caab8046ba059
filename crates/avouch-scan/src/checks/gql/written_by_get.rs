//! GQL-06: a graph takes mutations in forms that another site's page can send.

use super::asking::{addresses, has_graph, query, schema};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// GQL-06
pub(super) const CHECK: Check = Check {
    id: "GQL-06",
    name: "mutation-by-plain-request",
    title: "The graph takes mutations that another site's page can send",
    family: Family::Gql,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(352),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1"],
    page: include_str!("written_by_get.md"),
    applies: has_graph,
    run,
};

/// A mutation that changes nothing: it asks for the name of its own type.
const MUTATION: &str = "mutation{__typename}";

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let by_cookie = ctx.identities.iter().find(|it| matches!(it.carrier, Carrier::Cookie(_)));
    let who = by_cookie.map_or(Who::Nobody, |facts| facts.who);
    let mut judged = false;
    for address in addresses(ctx) {
        if schema(ctx, address).is_some_and(|graph| graph.mutations().is_empty()) {
            continue;
        }
        let usual = tape.send(query(address, MUTATION).by(who))?;
        let Some(name) = named(&usual) else { continue };
        judged = true;
        if let Some(found) = plain(tape, address, who, &name, usual.index)? {
            return Ok(found);
        }
    }
    Ok(if judged {
        Verdict::Pass
    } else if ctx.catalog.graphs.iter().all(|graph| graph.mutations().is_empty())
        && !ctx.catalog.graphs.is_empty()
    {
        Verdict::NotApplicable
    } else {
        Verdict::inconclusive("no mutation was answered in the usual form: nothing to compare with")
    })
}

/// Tries each form a page can send without asking first.
fn plain(
    tape: &mut Tape<'_>,
    address: &str,
    who: Who,
    name: &str,
    usual: usize,
) -> Result<Option<Verdict>, Step> {
    let has_cookie = who != Who::Nobody;
    let by_get = Request::read(address).query("query", MUTATION);
    let mut forms = vec![("GET", by_get)];
    if has_cookie {
        let urlencoded = "application/x-www-form-urlencoded";
        forms.push(("a form", typed(address, urlencoded, "query=mutation%7B__typename%7D")));
        let text = r#"{"query":"mutation{__typename}"}"#;
        forms.push(("plain text", typed(address, "text/plain", text)));
    }
    for (form, request) in forms {
        let reply = tape.send(request.by(who))?;
        if named(&reply).as_deref() != Some(name) {
            continue;
        }
        let severity = if has_cookie { Severity::Medium } else { Severity::Low };
        let summary = format!("`{address}` executed a mutation that came by {form}");
        let weight = if has_cookie {
            format!("{who} is known by a cookie, which browsers send along from other sites")
        } else {
            "no cookie is known to sign anybody in, so another site's page gains little; what comes \
             by GET is repeated, logged and cached"
                .to_owned()
        };
        return Ok(Some(Verdict::fail(
            Proof::new(severity, Confidence::Confirmed, summary)
                .because(format!("it named its type, `{name}`, as the usual POST of JSON does"))
                .because(weight)
                .about(address)
                .shown_by([reply.index, usual]),
        )));
    }
    Ok(None)
}

fn typed(address: &str, media_type: &str, body: &str) -> Request {
    let mut request = Request::new(Method::Post, address).header("content-type", media_type);
    request.body = Some(body.to_owned());
    request
}

/// The name of the type, when the mutation was executed.
fn named(reply: &Reply<'_>) -> Option<String> {
    let json = reply.answer().json()?;
    json.pointer("/data/__typename").and_then(Value::as_str).map(str::to_owned)
}
