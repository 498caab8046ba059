//! AUTH-14: the authorization server sends people back to wherever a link says.

use super::authorization_server::{metadata, on_target};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use crate::told::OAuthClient;
use avouch_catalog::SecurityScheme;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use url::Url;

/// AUTH-14
pub(super) const CHECK: Check = Check {
    id: "AUTH-14",
    name: "sign-in-redirect-unchecked",
    title: "Signing in sends people to an address of the caller's",
    family: Family::Auth,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::RandomControl],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(601),
    owasp: &[Owasp::Api(2), Owasp::Api(10)],
    criteria: &["CC6.1"],
    page: include_str!("redirect_unchecked.md"),
    applies: |_| true,
    run,
};

/// What an authorization endpoint did with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Did {
    /// It sent the caller to that host.
    SentTo(String),
    /// It went on on its own side: to a page where one signs in, by that path.
    WentOn(String),
    /// It showed a page.
    Showed,
    /// It refused.
    Refused(u16),
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(endpoint) = endpoint(ctx, tape)? else { return Ok(Verdict::NotApplicable) };
    let Some(client) = &ctx.told.oauth else {
        let because = "needs a client's id and address: tell them under `[told.oauth]`";
        return Ok(Verdict::inconclusive(because));
    };
    let Ok(registered) = Url::parse(&client.redirect_uri) else {
        return Ok(Verdict::inconclusive("the told `redirect_uri` is no address"));
    };
    let ask = |id: &str, back: &str| question(ctx, &endpoint, client, id, back);
    let good = tape.send(ask(&client.client_id, &client.redirect_uri))?;
    let usual = did(ctx, &good);
    if let Did::Refused(status) = usual {
        let because = format!("the client that was told is refused with {status}");
        return Ok(Verdict::inconclusive(because));
    }
    let stranger = tape.send(ask(&ctx.nonces.word("client", 12), &client.redirect_uri))?;
    let mut unclear = None;
    for foreign in foreign(ctx, &registered) {
        let reply = tape.send(ask(&client.client_id, foreign.as_str()))?;
        match did(ctx, &reply) {
            Did::SentTo(host) if Some(host.as_str()) == foreign.host_str() => {
                return Ok(Verdict::fail(sent_away(&endpoint, &foreign, &reply, &stranger)));
            }
            // Whether a page is one to sign in or one that refuses, no status tells.
            Did::Showed => unclear = Some("a page was shown that may ask to sign in or refuse"),
            Did::WentOn(path) if usual == Did::WentOn(path.clone()) => {
                if usual == did(ctx, &stranger) {
                    unclear = Some("people sign in before the client is looked at");
                    continue;
                }
                let proof = sent_on(&endpoint, &foreign, &path, [&good, &reply, &stranger]);
                return Ok(Verdict::fail(proof));
            }
            _ => {}
        }
    }
    Ok(unclear.map_or(Verdict::Pass, Verdict::inconclusive))
}

/// Where people are sent to sign in, as a path on the target.
fn endpoint(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Result<Option<String>, Step> {
    let described = ctx.catalog.schemes.values().find_map(|scheme| match scheme {
        SecurityScheme::OAuth2 { flows } => {
            flows.values().find_map(|flow| on_target(ctx, flow.authorization_url.as_deref()?))
        }
        _ => None,
    });
    if described.is_some() {
        return Ok(described);
    }
    let found = metadata(ctx, tape)?;
    Ok(found.and_then(|found| on_target(ctx, found.text("authorization_endpoint")?)))
}

/// A request to begin to sign in. `prompt=none` has servers of `OpenID` Connect answer at once; the
/// challenge is of a verifier that is thrown away.
fn question(
    ctx: &Context<'_>,
    endpoint: &str,
    client: &OAuthClient,
    id: &str,
    back: &str,
) -> Request {
    Request::read(endpoint)
        .query("response_type", "code")
        .query("client_id", id)
        .query("redirect_uri", back)
        .query("scope", client.scope.as_deref().unwrap_or("openid"))
        .query("state", &ctx.nonces.hex("state", 16))
        .query("nonce", &ctx.nonces.hex("nonce", 16))
        .query("prompt", "none")
        .query("code_challenge", &ctx.nonces.hex("challenge", 43))
        .query("code_challenge_method", "S256")
}

fn did(ctx: &Context<'_>, reply: &Reply<'_>) -> Did {
    let answer = reply.answer();
    if answer.is_success() {
        return Did::Showed;
    }
    let origin = Url::parse(&ctx.target.origin).ok();
    let place = answer.headers.first("location").filter(|_| (300..400).contains(&answer.status));
    let place = place.and_then(|place| origin.as_ref()?.join(place).ok());
    match place {
        Some(url) if origin.as_ref().is_some_and(|origin| origin.origin() == url.origin()) => {
            Did::WentOn(url.path().to_owned())
        }
        Some(url) => Did::SentTo(url.host_str().unwrap_or_default().to_owned()),
        None => Did::Refused(answer.status),
    }
}

/// Addresses nobody registered: a host of its own, one that begins like the registered one, and one
/// that has it for a user name. None of them exists (RFC 2606).
fn foreign(ctx: &Context<'_>, registered: &Url) -> Vec<Url> {
    let host = format!("{}.example", ctx.nonces.word("host", 14));
    let path = registered.path();
    let mut all = vec![format!("https://{host}{path}")];
    if let Some(known) = registered.host_str() {
        all.push(format!("https://{known}.{host}{path}"));
        all.push(format!("https://{known}@{host}{path}"));
    }
    all.iter().filter_map(|address| Url::parse(address).ok()).collect()
}

fn sent_away(endpoint: &str, foreign: &Url, reply: &Reply<'_>, stranger: &Reply<'_>) -> Proof {
    let summary =
        format!("{} sends whoever signs in to an address that nobody registered", path(endpoint));
    Proof::new(Severity::High, Confidence::Confirmed, summary)
        .because(format!("asked for `{foreign}`, it answered {} to that host", reply.status))
        .because(format!("a made-up client is answered {}", stranger.status))
        .because("what is added to that address, such as a code, goes to whoever holds the host")
        .caused_by("redirect address of sign-in not checked")
        .shown_by([reply.index, stranger.index])
}

fn sent_on(endpoint: &str, foreign: &Url, to: &str, shown: [&Reply<'_>; 3]) -> Proof {
    let summary =
        format!("{} lets people sign in for an address that nobody registered", path(endpoint));
    let [good, reply, stranger] = shown;
    Proof::new(Severity::High, Confidence::Firm, summary)
        .because(format!("asked for `{foreign}`, it went on to `{to}`, as for the registered one"))
        .because(format!(
            "a made-up client is answered {}, so clients are looked at",
            stranger.status
        ))
        .caused_by("redirect address of sign-in not checked")
        .shown_by([reply.index, good.index, stranger.index])
}

fn path(endpoint: &str) -> &str {
    endpoint.split('?').next().unwrap_or_default()
}
