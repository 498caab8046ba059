//! SSRF-01: the server fetches an address that a caller chose.

use super::url_input::{is_for_delivery, takes_address};
use crate::bodies;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::{Context, Input, OutOfBand};
use crate::inputs::{value_in, with_value};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Hit;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::net::IpAddr;
use url::{Host, Url};

/// SSRF-01
pub(super) const CHECK: Check = Check {
    id: "SSRF-01",
    name: "chosen-address-fetched",
    title: "The server fetches an address that a caller chose",
    family: Family::Ssrf,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand],
    tier: Tier::Active,
    needs: &[Need::OutOfBand],
    scope: Scope::Input,
    cwe: Cwe(918),
    owasp: &[Owasp::Api(7)],
    criteria: &["CC6.6"],
    page: include_str!("chosen_address_fetched.md"),
    applies,
    run,
};

/// LIMIT: milliseconds the target is given to come.
const WAIT_MS: u32 = 3_000;
/// LIMIT: milliseconds for each further spelling, which has had the first one's time already.
const WAIT_MORE_MS: u32 = 250;
/// Robots that fetch whatever link they see, by their `User-Agent`.
const ROBOTS: [&str; 12] = [
    "slackbot",
    "twitterbot",
    "facebookexternalhit",
    "googlebot",
    "bingbot",
    "telegrambot",
    "whatsapp",
    "discordbot",
    "linkedinbot",
    "skypeuripreview",
    "proofpoint",
    "urlscan",
];

fn applies(ctx: &Context<'_>) -> bool {
    let (Some(operation), Some(input)) = (ctx.operation, ctx.input) else { return false };
    operation.method != Method::Delete && takes_address(operation, input, usual(ctx).as_deref())
}

/// A request that worked before, of any identity; for a write nobody made, one made up from the
/// description.
fn model(ctx: &Context<'_>, operation: &Operation, input: &Input) -> Option<(Request, Who)> {
    let callers = [Who::A, Who::B, Who::High, Who::Nobody];
    let sampled = callers
        .into_iter()
        .find_map(|who| ctx.baseline(who).ok().map(|sample| (sample.request.clone(), who)));
    let made_up = || {
        let who = ctx.anyone().unwrap_or(Who::Nobody);
        let request = match (operation.method.is_safe(), input) {
            (true, Input::Parameter(..)) if operation.path_parameters().next().is_none() => {
                Request::new(operation.method.clone(), ctx.path(&operation.path))
            }
            (true, _) => return None,
            (false, _) => bodies::minimal(ctx, operation, input)?,
        };
        Some((request.by(who), who))
    };
    sampled.or_else(made_up)
}

fn usual(ctx: &Context<'_>) -> Option<String> {
    let (operation, input) = (ctx.operation?, ctx.input?);
    let (request, _) = model(ctx, operation, input)?;
    value_in(&request, operation, &ctx.target.base_path, input)
}

/// What was planted: the token and the address that carries it.
struct Planted {
    token: String,
    index: usize,
    status: u16,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let input = ctx.input.ok_or(Step::Done(Verdict::NotApplicable))?;
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    let (model, who) = model(ctx, operation, input).ok_or(Step::Done(Verdict::NotApplicable))?;
    let mut planted: Vec<Planted> = Vec::new();
    for (n, spelling) in spellings(listener).iter().enumerate() {
        let token = ctx.nonces.hex(&format!("token {n}"), 24);
        if !tape.await_hit(&token, 0)?.is_empty() {
            return Ok(Verdict::inconclusive("somebody came before the address was given away"));
        }
        let base = &ctx.target.base_path;
        let request = with_value(&model, operation, base, input, &spelling.url(&token))
            .ok_or(Step::Done(Verdict::NotApplicable))?;
        let request = bodies::with_creation(ctx, operation, request);
        let reply = tape.send(request)?;
        planted.push(Planted { token, index: reply.index, status: reply.status });
        let last = planted.last().map(|planted| planted.token.clone()).unwrap_or_default();
        let wait = if n == 0 { WAIT_MS } else { WAIT_MORE_MS };
        let hits = tape.await_hit(&last, wait)?;
        if let Some(hit) = hits.iter().find(|hit| is_the_target(hit)) {
            return Ok(proven(ctx, listener, who, hit, planted.last()));
        }
    }
    let refused = planted.iter().all(|planted| matches!(planted.status, 401 | 403 | 404 | 405));
    if refused {
        let status = planted.first().map_or(0, |planted| planted.status);
        let because = format!("{who} was refused ({status}) before the address could matter");
        return Ok(Verdict::inconclusive(because));
    }
    Ok(Verdict::Pass)
}

/// The listener, and for one on this machine its other spellings, which lists of forbidden
/// addresses forget.
fn spellings(listener: &OutOfBand) -> Vec<OutOfBand> {
    let other =
        |host: &str| OutOfBand { base_url: listener.base_url.replacen("127.0.0.1", host, 1) };
    let mut all = vec![listener.clone()];
    if listener.base_url.contains("//127.0.0.1") {
        all.extend(["2130706433", "[::ffff:127.0.0.1]"].map(other));
    }
    all
}

/// Whether it was the target that came, and no preview robot nor our own client on its way: that
/// one names the scan in `X-Scan-Id`.
fn is_the_target(hit: &Hit) -> bool {
    let request = hit.request.to_ascii_lowercase();
    let lines = || request.lines().map(str::trim_start);
    let robot = lines()
        .filter(|line| line.starts_with("user-agent:"))
        .any(|line| ROBOTS.iter().any(|robot| line.contains(robot)));
    !robot && !lines().any(|line| line.starts_with("x-scan-id:"))
}

/// Whether the listener stands where nobody from outside could have sent the target.
fn is_inside(listener: &OutOfBand) -> bool {
    let host = Url::parse(&listener.base_url).ok();
    let address = match host.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(name)) => return name == "localhost",
        None => return false,
    };
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

fn proven(
    ctx: &Context<'_>,
    listener: &OutOfBand,
    who: Who,
    hit: &Hit,
    planted: Option<&Planted>,
) -> Verdict {
    let web = hit.protocol == "http";
    let inside = is_inside(listener);
    let confidence = if web { Confidence::Confirmed } else { Confidence::Firm };
    let severity = match (inside, is_for_delivery(ctx)) {
        (false, true) => Severity::Medium,
        _ => Severity::High,
    };
    let label = ctx.input.map(Input::label).unwrap_or_default();
    let what = if web { "fetched it" } else { "looked its name up" };
    let summary = format!("{who} gave an address in {label}, and the server {what}");
    let place = match (inside, is_for_delivery(ctx)) {
        (true, _) => "the address is one of an inner network, so inner services can be reached",
        (false, true) => "to be called is the purpose here; inner addresses were not tried",
        (false, false) => "the address is one the server had no reason to go to",
    };
    Verdict::fail(
        Proof::new(severity, confidence, summary)
            .because("nobody had come with that random token before the request was sent")
            .because(format!("then it came by {} from `{}`", hit.protocol, hit.from))
            .because(place)
            .about(label)
            .shown_by(planted.map(|planted| planted.index)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn robots_and_our_own_client_are_not_the_target() {
        let hit = |request: &str| Hit {
            token: "t".into(),
            protocol: "http".into(),
            from: "192.0.2.7:1".into(),
            request: request.into(),
            at_us: 1,
        };
        assert!(is_the_target(&hit("GET /t HTTP/1.1\r\nuser-agent: Java/17\r\n")));
        assert!(is_the_target(&hit("")));
        assert!(!is_the_target(&hit("GET /t HTTP/1.1\r\nUser-Agent: Slackbot 1.0\r\n")));
        assert!(!is_the_target(&hit("GET /t HTTP/1.1\r\nX-Scan-Id: 7\r\n")));
    }

    #[test]
    fn only_a_listener_on_this_machine_has_other_spellings() {
        let at = |base_url: &str| OutOfBand { base_url: base_url.into() };
        let urls: Vec<String> =
            spellings(&at("http://127.0.0.1:4100/")).iter().map(|s| s.url("t")).collect();
        assert_eq!(
            urls,
            [
                "http://127.0.0.1:4100/t",
                "http://2130706433:4100/t",
                "http://[::ffff:127.0.0.1]:4100/t"
            ]
        );
        assert_eq!(spellings(&at("http://oob.example/")).len(), 1);
        assert!(is_inside(&at("http://10.0.0.4:80/")));
        assert!(!is_inside(&at("http://192.0.2.7/")));
    }
}
