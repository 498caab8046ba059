//! CFG-04: links are made of a host name that the caller chose.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::block::blocked;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, OperationId};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// CFG-04
pub(super) const CHECK: Check = Check {
    id: "CFG-04",
    name: "host-name-of-caller-trusted",
    title: "Links are made of a host name that the caller chose",
    family: Family::Cfg,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::RandomControl, Oracle::Contrast],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(644),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.6"],
    page: include_str!("host_trusted.md"),
    applies: |_| true,
    run,
};

/// LIMIT: places where it is tried.
const PLACES_MAX: usize = 2;

/// Ways to name another host, and how bad it is when one is believed. A server that believes `Host`
/// is most often behind something that only passes its own names.
const WAYS: [(&str, Severity); 3] = [
    ("x-forwarded-host", Severity::Medium),
    ("forwarded", Severity::Medium),
    ("host", Severity::Info),
];

/// A request on which it is tried.
struct Place<'a> {
    request: Request,
    usual: &'a Answer,
    operation: Option<&'a OperationId>,
    /// Whether its answer holds links to the target's own host.
    links: bool,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let places = places(ctx);
    if places.is_empty() {
        return Err(Step::Done(Verdict::inconclusive("nothing was answered to try it on")));
    }
    for place in &places {
        for (header, severity) in WAYS {
            // The host itself is only believed where links are made at all.
            if header == "host" && !place.links {
                continue;
            }
            let word = ctx.nonces.word(&format!("{header} {}", place.request.target), 12);
            let host = format!("{word}.example");
            let value = if header == "forwarded" { format!("host={host}") } else { host.clone() };
            // An address of its own keeps a cache from giving the answer to anybody else.
            let request = place.request.clone().query("avouch", &word).header(header, value);
            let reply = tape.send(request)?;
            if !links_to(reply.answer(), &host) || place.usual.body.contains(&host) {
                continue;
            }
            // A service that sends back whatever it is told believes nothing.
            let control = place.request.clone().query("avouch", &word).header("x-note", &host);
            let control = tape.send(control)?;
            if control.body.contains(&host) {
                continue;
            }
            let summary = format!("`{header}: {host}` was believed: the answer links to that host");
            let proof = Proof::new(severity, Confidence::Confirmed, summary)
                .about(header)
                .because("the name stands in links or redirects of the answer")
                .because("the same name in another header is not sent back")
                .because(match severity {
                    Severity::Info => "most often something in front only passes its own names on",
                    _ => "nothing in front takes the header away or puts its own there",
                })
                .caused_by("which host name is believed")
                .shown_by([reply.index, control.index]);
            return Ok(Verdict::fail(match place.operation {
                Some(operation) => proof.at(operation.clone()),
                None => proof,
            }));
        }
    }
    Ok(Verdict::Pass)
}

/// Reads whose answers hold links to the target's own host first, then the front page, then any.
fn places<'a>(ctx: &Context<'a>) -> Vec<Place<'a>> {
    let corpus = ctx.corpus;
    let own = ctx.target.origin.split("://").nth(1).unwrap_or_default();
    let read = |sample: &'a Sample| {
        let usual = sample.answer().filter(|answer| blocked(answer).is_none())?;
        let plain = sample.request.method == Method::Get;
        plain.then(|| Place {
            request: sample.request.clone(),
            usual,
            operation: Some(&sample.operation),
            links: links_to(usual, own),
        })
    };
    let mut places: Vec<Place<'a>> = corpus.samples().iter().filter_map(read).collect();
    let front = ctx.target.front.iter().map(|usual| Place {
        request: Request::read(ctx.path("/")).by(Who::Nobody),
        usual,
        operation: None,
        links: links_to(usual, own),
    });
    places.extend(front);
    places.sort_by_key(|place| (!place.links, place.operation.is_some() && !place.links));
    let any_links = places.iter().any(|place| place.links);
    places.dedup_by(|later, earlier| later.operation == earlier.operation);
    places.truncate(if any_links { PLACES_MAX } else { 1 });
    places
}

/// Whether the answer links or redirects to that host (and port).
fn links_to(answer: &Answer, host: &str) -> bool {
    let link = format!("//{host}");
    let location = answer.headers.first("location").unwrap_or_default();
    let body = answer.body.replace("\\/", "/");
    let headers = answer.headers.all("link").chain(answer.headers.all("content-location"));
    location.contains(&link)
        || body.contains(&link)
        || headers.into_iter().any(|value| value.contains(&link))
}
