//! UC-04: code or data of others is loaded without encryption.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::leaves::leaves;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use regex::Regex;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::LazyLock;
use url::Url;

/// UC-04
pub(super) const CHECK: Check = Check {
    id: "UC-04",
    name: "insecure-third-party-link",
    title: "Code or data of others is loaded without encryption",
    family: Family::Uc,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(829),
    owasp: &[Owasp::Api(10)],
    criteria: &["CC9.2"],
    page: include_str!("insecure_third_party.md"),
    applies: |_| true,
    run,
};

/// LIMIT: characters of a page that are searched.
const SEARCHED_MAX: usize = 500_000;

/// How a page loads code or data, with the address in the only group.
const LOADS: [&str; 4] = [
    r#"(?i)<(?:script|iframe|embed)\b[^>]{0,500}?\ssrc\s*=\s*["']?(http://[^"'\s>]{1,500})"#,
    r#"(?i)<link\b[^>]{0,300}?\brel\s*=\s*["']?(?:stylesheet|modulepreload)\b[^>]{0,300}?\shref\s*=\s*["']?(http://[^"'\s>]{1,500})"#,
    r#"(?i)<link\b[^>]{0,300}?\shref\s*=\s*["']?(http://[^"'\s>]{1,500})["']?[^>]{0,300}?\srel\s*=\s*["']?(?:stylesheet|modulepreload)\b"#,
    r#"(?:\bfetch\(|\bimport\(|\bimport\s|\bfrom\s|\burl\s*:)\s*["'](http://[^"'\s]{1,500})["']"#,
];

static COMPILED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| LOADS.iter().filter_map(|form| Regex::new(form).ok()).collect());

/// Names of a JSON answer whose value a client loads and runs or shows.
const LOADED_NAMES: [&str; 12] = [
    "script",
    "scripts",
    "scripturl",
    "scriptsrc",
    "stylesheet",
    "stylesheeturl",
    "cssurl",
    "iframe",
    "iframeurl",
    "iframesrc",
    "embedurl",
    "widgeturl",
];

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let samples = ctx.corpus.samples().iter().filter_map(Sample::success);
    let documents = ctx.target.documents.iter().map(|(_, answer)| answer);
    let pages: Vec<&Answer> = ctx.target.front.iter().chain(documents).collect();
    let answers: Vec<&Answer> = samples.collect();
    if pages.is_empty() && answers.is_empty() {
        let because = "no answer was seen in which links could be looked for";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    let mut loaded: BTreeSet<String> = BTreeSet::new();
    let mut named: BTreeSet<String> = BTreeSet::new();
    for answer in pages.iter().chain(&answers) {
        if answer.media_type().contains("html") {
            loaded.extend(loaded_by_page(&answer.body));
        }
    }
    // A description is full of addresses that nobody loads; only the API's own answers count.
    for answer in answers {
        if answer.json().is_some() {
            named.extend(loaded_by_name(answer));
        }
    }
    loaded.retain(|address| is_third_party(ctx, address));
    named.retain(|address| is_third_party(ctx, address));
    let hosts: BTreeSet<String> =
        loaded.iter().chain(&named).filter_map(|address| host_of(address)).collect();
    let Some(first) = hosts.first() else { return Ok(Verdict::Pass) };
    let confidence = if loaded.is_empty() { Confidence::Firm } else { Confidence::Confirmed };
    let summary = format!("clients load code or data over http from {} other host(s)", hosts.len());
    let shown = loaded.iter().chain(&named).take(5).map(|address| format!("`{address}`"));
    let proof = Proof::new(Severity::Low, confidence, summary).about(first);
    let proof = shown.fold(proof, Proof::because);
    let named_in = ctx.corpus.samples().iter().find(|sample| {
        sample.success().is_some_and(|answer| answer.body.contains(&format!("http://{first}")))
    });
    Ok(Verdict::fail(match named_in {
        Some(sample) => proof.because(format!("`{}` names it", sample.operation)),
        None => proof,
    }))
}

fn loaded_by_page(html: &str) -> Vec<String> {
    let text: String = html.chars().take(SEARCHED_MAX).collect();
    let found = COMPILED.iter().flat_map(|form| form.captures_iter(&text));
    found.filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect()
}

fn loaded_by_name(answer: &Answer) -> Vec<String> {
    let found = leaves(answer).into_iter().filter(|leaf| {
        leaf.value.starts_with("http://") && LOADED_NAMES.contains(&leaf.key().as_str())
    });
    found.map(|leaf| leaf.value).collect()
}

fn host_of(address: &str) -> Option<String> {
    Url::parse(address).ok()?.host_str().map(str::to_ascii_lowercase)
}

/// Whether the host belongs to somebody else: not the target's, nor of its domain, nor of a private
/// network or set aside for examples (RFC 2606).
fn is_third_party(ctx: &Context<'_>, address: &str) -> bool {
    let Some(host) = host_of(address) else { return false };
    if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        let inside = match ip {
            IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
        };
        return !inside && host != ctx.target.host;
    }
    let domain = |host: &str| -> String {
        let labels: Vec<&str> = host.rsplit('.').take(2).collect();
        labels.join(".")
    };
    let reserved = ["localhost", "test", "example", "invalid", "local", "internal"];
    let ending = host.rsplit('.').next().unwrap_or_default();
    let example = ["example.com", "example.org", "example.net"].iter().any(|e| host.ends_with(e));
    host.contains('.')
        && !reserved.contains(&ending)
        && !example
        && domain(&host) != domain(&ctx.target.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_compiles() {
        assert_eq!(COMPILED.len(), LOADS.len());
    }
}
