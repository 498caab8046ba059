//! UC-05: an answer holds the key to somebody else's service.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::checks::data::secrets::{has_checksum, is_of_interest};
use crate::checks::hdr::seen::{Seen, seen};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::data_class::DataClass;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// UC-05
pub(super) const CHECK: Check = Check {
    id: "UC-05",
    name: "upstream-key-shown",
    title: "An answer holds the key to somebody else's service",
    family: Family::Uc,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(200),
    owasp: &[Owasp::Api(10)],
    criteria: &["CC9.2", "C1.1"],
    page: include_str!("upstream_secret.md"),
    applies: |_| true,
    run,
};

/// Addresses with a query or with a name and password before the host.
static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bhttps?://([^/\s"'<>?#]{1,200})([^\s"'<>]{0,2000})"#).ok());

/// Query parameters of addresses that are made to be given away: signed, and for a short time.
const SIGNED: [&str; 8] = [
    "x-amz-signature",
    "x-goog-signature",
    "signature",
    "sig",
    "se",
    "expires",
    "policy",
    "x-amz-expires",
];

/// A key in an address of another host.
struct Shown {
    severity: Severity,
    confidence: Confidence,
    host: String,
    class: DataClass,
}

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let mut shown: BTreeMap<String, (Shown, String)> = BTreeMap::new();
    for seen in seen(ctx)? {
        // Documents and pages show examples and keys made for browsers.
        if seen.sample.is_none() {
            continue;
        }
        for found in keys_in(ctx, &seen) {
            let key = format!("{} {}", found.host, found.class);
            shown.entry(key).or_insert((found, seen.place.clone()));
        }
    }
    let worst = shown.values().max_by_key(|(found, _)| (found.severity, found.confidence));
    let Some((found, place)) = worst else { return Ok(Verdict::Pass) };
    let summary = format!(
        "`{place}` shows an address at `{}` with the key to it ({})",
        found.host, found.class
    );
    let proof = Proof::new(found.severity, found.confidence, summary)
        .because("the host is not the target's, and the key was not part of the request")
        .because("the address is not one that is signed for a short time")
        .caused_by("keys in addresses of other services");
    let lines =
        shown.values().map(|(found, place)| format!("`{place}`: a key for `{}`", found.host));
    Ok(Verdict::fail(lines.take(5).fold(proof, Proof::because)))
}

fn keys_in(ctx: &Context<'_>, seen: &Seen<'_>) -> Vec<Shown> {
    let headers = seen.answer.headers.0.iter().map(|(_, value)| value.as_str());
    let body = seen.answer.body.replace("\\/", "/").replace("\\u0026", "&");
    let texts = std::iter::once(body.as_str()).chain(headers);
    let mut found = Vec::new();
    for text in texts {
        let addresses = ADDRESS.iter().flat_map(|form| form.captures_iter(text));
        for address in addresses {
            let authority = address.get(1).map_or("", |m| m.as_str());
            let rest = address.get(2).map_or("", |m| m.as_str());
            let host = authority.rsplit('@').next().unwrap_or_default();
            let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if !is_other(ctx, &host) || is_signed(rest) {
                continue;
            }
            let secrets = Placeholder::find_all(address.get(0).map_or("", |m| m.as_str()));
            let secrets = secrets.into_iter().filter(opens);
            for secret in secrets.filter(|secret| !seen.was_sent(&secret.digest)) {
                let (severity, confidence) = match secret.class {
                    _ if has_checksum(&secret) => (Severity::High, Confidence::Confirmed),
                    DataClass::ProviderKey => (Severity::High, Confidence::Firm),
                    _ => (Severity::Medium, Confidence::Firm),
                };
                found.push(Shown { severity, confidence, host: host.clone(), class: secret.class });
            }
        }
    }
    found
}

/// Whether it is a key: session tokens in links, such as invitations, are for the reader.
fn opens(secret: &Placeholder) -> bool {
    is_of_interest(secret) || secret.class == DataClass::Password
}

fn is_signed(rest: &str) -> bool {
    let query = rest.split_once('?').map(|(_, query)| query).unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, _)| SIGNED.contains(&name.to_ascii_lowercase().as_str()))
}

/// Whether the host is neither the target's nor below its name.
fn is_other(ctx: &Context<'_>, host: &str) -> bool {
    let own = ctx.target.host.to_ascii_lowercase();
    let domain: Vec<&str> = own.rsplit('.').take(2).collect();
    let near: Vec<&str> = host.rsplit('.').take(2).collect();
    let is_address = own.parse::<std::net::IpAddr>().is_ok();
    host != own && (is_address || domain != near) && !host.is_empty()
}
