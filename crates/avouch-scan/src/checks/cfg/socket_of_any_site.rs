//! CFG-08: pages of any site open the user's WebSocket.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::checks::cors::ambient::ambient;
use crate::context::Context;
use crate::step::{Request, SocketCall};
use crate::tape::{Flow, Socket, Tape};
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// CFG-08
pub(super) const CHECK: Check = Check {
    id: "CFG-08",
    name: "socket-open-to-any-site",
    title: "Pages of any site open the user's WebSocket",
    family: Family::Cfg,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(1385),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1"],
    page: include_str!("socket_of_any_site.md"),
    applies: |ctx| speaker(ctx).is_some(),
    run,
};

/// LIMIT: places that are asked for a socket.
const PLACES_MAX: usize = 8;
/// LIMIT: milliseconds a socket is listened to.
const LISTEN_MS: u32 = 1_500;
/// Last segments of paths behind which there often is a socket.
const NAMES: [&str; 14] = [
    "ws",
    "wss",
    "websocket",
    "websockets",
    "socket",
    "sockets",
    "live",
    "realtime",
    "stream",
    "streams",
    "events",
    "cable",
    "updates",
    "chat",
];
/// Places that are asked for although nothing names them.
const USUAL: [&str; 4] = ["/ws", "/websocket", "/cable", "/socket.io/?EIO=4&transport=websocket"];

/// Whom a browser would send along: an identity whose credential is a cookie. A token that code puts
/// into a message is not there for foreign pages.
fn speaker(ctx: &Context<'_>) -> Option<Who> {
    let by_cookie = ctx.identities.iter().find(|f| matches!(f.carrier, Carrier::Cookie(_)));
    by_cookie.map(|facts| facts.who)
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(who) = speaker(ctx) else { return Ok(Verdict::NotApplicable) };
    let foreign = format!("https://{}.example", ctx.nonces.word("origin", 12));
    let mut guarded = false;
    for place in places(ctx) {
        let call = |by: Who, origin: &str| SocketCall {
            request: Request::read(&place).by(by).header("origin", origin),
            texts: vec!["ping".to_owned()],
            messages_max: 3,
            at_most_ms: LISTEN_MS,
        };
        // The control: there is a socket, and it opens for its own site.
        let own = tape.web_socket(call(who, &ctx.target.origin))?;
        if !speaks(&own) {
            continue;
        }
        let evil = tape.web_socket(call(who, &foreign))?;
        if !speaks(&evil) {
            guarded = true;
            continue;
        }
        let stranger = tape.web_socket(call(Who::Nobody, &foreign))?;
        if speaks(&stranger) && stranger.talk.heard.len() >= evil.talk.heard.len() {
            // It is open to everybody, or asks for a token in a message: no page gains anything.
            guarded = true;
            continue;
        }
        let indexes = [evil.index, stranger.index, own.index];
        return Ok(Verdict::fail(
            proof(ctx, &place, who, &foreign, &evil, &stranger).shown_by(indexes),
        ));
    }
    Ok(if guarded { Verdict::Pass } else { Verdict::NotApplicable })
}

/// Whether the socket stands and the target did not close it at once as unwanted.
fn speaks(socket: &Socket<'_>) -> bool {
    let refused =
        socket.talk.closed.is_some_and(|code| code != 1000) && socket.talk.heard.is_empty();
    socket.stands() && !refused
}

fn proof(
    ctx: &Context<'_>,
    place: &str,
    who: Who,
    foreign: &str,
    evil: &Socket<'_>,
    stranger: &Socket<'_>,
) -> Proof {
    let heard = evil.talk.heard.len();
    let (severity, confidence) = match ambient(ctx) {
        // Without data only the handshake is known to depend on the cookie.
        Some(_) if heard > 0 => (Severity::High, Confidence::Confirmed),
        Some(_) => (Severity::Medium, Confidence::Firm),
        None => (Severity::Low, Confidence::Firm),
    };
    let summary = format!("`{place}` opened a WebSocket as {who} for a page of `{foreign}`");
    Proof::new(severity, confidence, summary)
        .about(place)
        .because(format!("with {who}'s cookie and that origin the handshake was answered 101"))
        .because(format!("{heard} message(s) were heard, as with the target's own origin"))
        .because(match stranger.talk.closed {
            Some(code) if stranger.stands() => {
                format!("without the cookie the same socket was closed with {code}")
            }
            _ if stranger.stands() => "without the cookie less was heard".to_owned(),
            _ => {
                format!("without the cookie the handshake was answered {}", stranger.answer.status)
            }
        })
        .because(match ambient(ctx) {
            Some(how) => format!("a browser sends {how} along on its own"),
            None => {
                "the cookie was seen with `SameSite`, which browsers that know it heed".to_owned()
            }
        })
        .caused_by("the origin of sockets is not looked at")
}

/// Described reads and paths that were met whose name says so or that asked for an upgrade, then
/// the usual ones.
fn places(ctx: &Context<'_>) -> Vec<String> {
    let named = |path: &str| {
        let plain = path.split('?').next().unwrap_or_default();
        let last = plain.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        NAMES.contains(&last.to_ascii_lowercase().as_str())
    };
    let corpus = ctx.corpus;
    let asked = corpus.samples().iter().filter(|sample| {
        sample.answer().is_some_and(|answer| {
            let hint = answer.body.to_ascii_lowercase();
            answer.status == 426
                || answer.status == 400 && (hint.contains("websocket") || hint.contains("upgrade"))
        })
    });
    let described = ctx.catalog.operations.iter().filter(|operation| {
        operation.method == Method::Get
            && operation.path_parameters().next().is_none()
            && named(&operation.path)
    });
    let mut seen = BTreeSet::new();
    asked
        .map(|sample| sample.request.target.clone())
        .chain(described.map(|operation| ctx.path(&operation.path)))
        .chain(ctx.target.met_paths.iter().filter(|path| named(path)).cloned())
        .chain(USUAL.iter().map(|path| (*path).to_owned()))
        .filter(|place| seen.insert(place.clone()))
        .take(PLACES_MAX)
        .collect()
}
