//! INV-05: a host for tests serves the same API and guards less.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::guarded::{guarded_operations, turns_away};
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;
use std::net::IpAddr;
use url::Url;

/// INV-05
pub(super) const CHECK: Check = Check {
    id: "INV-05",
    name: "test-host-open",
    title: "A host for tests serves the same API and guards less",
    family: Family::Inv,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Similarity],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(1125),
    owasp: &[Owasp::Api(9)],
    criteria: &["CC6.6", "CC7.1"],
    page: include_str!("test_host.md"),
    applies: |ctx| !told(ctx).is_empty() || !named(ctx).is_empty(),
    run,
};

/// LIMIT: hosts asked.
const HOSTS_MAX: usize = 5;
/// LIMIT: guarded operations asked for on each.
const TRIED_MAX: usize = 2;
/// Words in names of hosts that are not for everybody.
const WORDS: [&str; 19] = [
    "dev",
    "develop",
    "development",
    "test",
    "testing",
    "tst",
    "qa",
    "uat",
    "sit",
    "stage",
    "staging",
    "stg",
    "preprod",
    "preview",
    "sandbox",
    "beta",
    "alpha",
    "demo",
    "int",
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let hosts = told(ctx);
    if hosts.is_empty() {
        let named: Vec<String> = named(ctx).into_iter().collect();
        return Ok(Verdict::inconclusive(format!(
            "{} may be hosts for tests; name those that are yours as `hosts` under `[told]` to have \
             them asked",
            named.join(", ")
        )));
    }
    let who = ctx.anyone().unwrap_or(Who::Nobody);
    let guarded: Vec<&Sample> = guarded_operations(ctx, who, TRIED_MAX);
    if guarded.is_empty() {
        let because = "no operation was seen that asks for a credential, so none can be compared";
        return Ok(Verdict::inconclusive(because));
    }
    let mut heard = false;
    let mut same: Vec<(String, usize)> = Vec::new();
    for host in hosts.into_iter().take(HOSTS_MAX) {
        for sample in &guarded {
            let Some(usual) = sample.success() else { continue };
            let request = Request::read(format!("{host}{}", sample.request.target));
            // A host nobody can reach is as it should be.
            let Some(reply) = tape.send_any(request)?.reply() else { continue };
            heard = true;
            if turns_away(reply.answer()) {
                same.push((host.clone(), reply.index));
                break;
            }
            if refuses(reply.answer()) || !same_shape(usual, reply.answer()) {
                continue;
            }
            let summary = format!("`{host}` gives nobody what the target asks a credential for");
            return Ok(Verdict::fail(
                Proof::new(Severity::Medium, Confidence::Confirmed, summary)
                    .about(host.clone())
                    .because("it answers in the shape of the same operation, without a credential")
                    .because("the target itself refuses that")
                    .caused_by(format!("`{host}` guards less"))
                    .at(sample.operation.clone())
                    .shown_by([reply.index]),
            ));
        }
    }
    match same.first() {
        Some((host, index)) => Ok(Verdict::fail(
            Proof::new(
                Severity::Info,
                Confidence::Firm,
                format!("`{host}` can be reached from here and asks for a credential as well"),
            )
            .about(host.clone())
            .caused_by("hosts for tests can be reached")
            .shown_by([*index]),
        )),
        None if heard => Ok(Verdict::Pass),
        None => Ok(Verdict::inconclusive("none of the hosts answered: from here at least")),
    }
}

/// Hosts the user says are theirs, without the target's own.
fn told(ctx: &Context<'_>) -> Vec<String> {
    let origins = ctx.told.hosts.iter().filter_map(|text| {
        let url = Url::parse(text).ok()?;
        Some(url.origin().ascii_serialization())
    });
    origins.filter(|origin| *origin != ctx.target.origin).collect()
}

/// Names below the target's own domain that say they are for tests, from the certificate and the
/// description.
fn named(ctx: &Context<'_>) -> BTreeSet<String> {
    let own = ctx.target.host.to_ascii_lowercase();
    if own.parse::<IpAddr>().is_ok() || is_for_tests(&own) {
        return BTreeSet::new();
    }
    let certificates = ctx.target.tls.iter().filter_map(|tls| tls.certificates.first());
    let names = certificates.flat_map(|certificate| certificate.names.iter().cloned());
    let servers = ctx
        .catalog
        .servers
        .iter()
        .filter_map(|server| Url::parse(server).ok()?.host_str().map(str::to_owned));
    let domain = |host: &str| host.rsplit('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    names
        .chain(servers)
        .map(|name| name.to_ascii_lowercase())
        .filter(|name| *name != own && !name.starts_with('*') && name.contains('.'))
        .filter(|name| domain(name) == domain(&own) && is_for_tests(name))
        .collect()
}

fn is_for_tests(host: &str) -> bool {
    let mut labels = host.split('.').rev().skip(2).flat_map(|label| label.split('-'));
    labels.any(|part| WORDS.contains(&part.trim_end_matches(|c: char| c.is_ascii_digit())))
}
