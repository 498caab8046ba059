//! HDR-04: the cookie of a session can be read or sent where it should not.

use super::seen::{Seen, seen};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::checks::cors::ambient::is_session_name;
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::identity::Carrier;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeMap;

/// HDR-04
pub(super) const CHECK: Check = Check {
    id: "HDR-04",
    name: "session-cookie-unprotected",
    title: "The cookie of a session can be read or sent where it should not",
    family: Family::Hdr,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(614),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.1", "CC6.7"],
    page: include_str!("cookie_flags.md"),
    applies: |_| true,
    run,
};

/// A cookie as it was set (RFC 6265, section 4.1).
struct Cookie<'a> {
    name: &'a str,
    value: &'a str,
    attributes: BTreeMap<String, String>,
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let all = seen(ctx)?;
    let mut sessions = 0;
    let mut flaws: BTreeMap<String, (Severity, String)> = BTreeMap::new();
    for Seen { place, answer, .. } in &all {
        for cookie in answer.headers.all("set-cookie").filter_map(cookie) {
            if !is_session(ctx, &cookie) {
                continue;
            }
            sessions += 1;
            for (severity, flaw) in flaws_of(ctx, &cookie) {
                let line = format!("`{}`: {flaw}", cookie.name);
                flaws.entry(line).or_insert((severity, place.clone()));
            }
        }
    }
    if sessions == 0 {
        return Ok(Verdict::NotApplicable);
    }
    let worst = flaws.iter().max_by_key(|(_, (severity, _))| *severity);
    let Some((first, (severity, place))) = worst else { return Ok(Verdict::Pass) };
    let summary = format!("the cookie of a session is set without protection: {first}");
    let proof = Proof::new(*severity, Confidence::Confirmed, summary)
        .because(format!("set by `{place}`"))
        .caused_by("attributes of the session's cookie");
    Ok(Verdict::fail(flaws.keys().cloned().fold(proof, Proof::because)))
}

/// `None` when the cookie is being removed or empty.
fn cookie(line: &str) -> Option<Cookie<'_>> {
    let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
    let (name, value) = pair.split_once('=')?;
    let attributes: BTreeMap<String, String> = rest
        .split(';')
        .map(|attribute| attribute.split_once('=').unwrap_or((attribute, "")))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .filter(|(name, _)| !name.is_empty())
        .collect();
    let removed = attributes.get("max-age").is_some_and(|age| age.starts_with(['0', '-']))
        || attributes.get("expires").is_some_and(|date| date.contains("1970"));
    let value = value.trim().trim_matches('"');
    (!removed && !value.is_empty()).then(|| Cookie { name: name.trim(), value, attributes })
}

/// Whether it opens something: an identity travels by it, or its name says so and its value is of
/// the kind that opens. Tokens against forged requests are made to be read by code.
fn is_session(ctx: &Context<'_>, cookie: &Cookie<'_>) -> bool {
    let lower = cookie.name.to_ascii_lowercase();
    if lower.contains("csrf") || lower.contains("xsrf") {
        return false;
    }
    let carries =
        |carrier: &Carrier| matches!(carrier, Carrier::Cookie(name) if name == cookie.name);
    let opens = Placeholder::find_all(cookie.value).iter().any(|found| {
        matches!(
            found.class,
            DataClass::SessionToken
                | DataClass::Jwt
                | DataClass::OwnCredential
                | DataClass::ApiSecret
        )
    });
    ctx.identities.iter().any(|facts| carries(&facts.carrier))
        || opens && is_session_name(cookie.name)
}

fn flaws_of(ctx: &Context<'_>, cookie: &Cookie<'_>) -> Vec<(Severity, String)> {
    let has = |name: &str| cookie.attributes.contains_key(name);
    let mut flaws = Vec::new();
    if !has("httponly") {
        let flaw = "without `HttpOnly`, any script on a page of the site reads it";
        flaws.push((Severity::Medium, flaw.to_owned()));
    }
    // A site in clear cannot set it.
    if ctx.target.secure && !has("secure") {
        let flaw = "without `Secure`, it also travels in clear";
        flaws.push((Severity::Medium, flaw.to_owned()));
    }
    match cookie.attributes.get("samesite").map(|value| value.to_ascii_lowercase()).as_deref() {
        Some("lax" | "strict") => (),
        Some("none") => {
            let flaw = "`SameSite=None` sends it along from pages of any site";
            flaws.push((Severity::Info, flaw.to_owned()));
        }
        _ => {
            let flaw = "without `SameSite`, some browsers send it along from pages of any site";
            flaws.push((Severity::Info, flaw.to_owned()));
        }
    }
    if let Some(domain) = cookie.attributes.get("domain") {
        let domain = domain.trim_start_matches('.').to_ascii_lowercase();
        let broader = ctx.target.host.to_ascii_lowercase().ends_with(&format!(".{domain}"));
        if broader {
            let flaw = format!("`Domain={domain}` sends it to every host below that name");
            flaws.push((Severity::Low, flaw));
        }
    }
    flaws
}
