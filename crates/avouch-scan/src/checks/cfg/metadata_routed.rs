//! CFG-05: a proxy takes the caller to the cloud's metadata.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Request;
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// CFG-05
pub(super) const CHECK: Check = Check {
    id: "CFG-05",
    name: "metadata-reached-by-host",
    title: "A proxy takes the caller to the cloud's metadata",
    family: Family::Cfg,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar, Oracle::Contrast],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(918),
    owasp: &[Owasp::Api(7), Owasp::Api(8)],
    criteria: &["CC6.1"],
    page: include_str!("metadata_routed.md"),
    applies: |_| true,
    run,
};

/// A name and a value.
type Header = (&'static str, &'static str);

/// A metadata service: whose, the host by which it is asked, what is read, and a header it needs.
/// Only lists of names are read, never a credential.
const SERVICES: [(&str, &str, &str, Option<Header>); 3] = [
    ("AWS", "169.254.169.254", "/latest/meta-data/", None),
    (
        "Google Cloud",
        "metadata.google.internal",
        "/computeMetadata/v1/instance/",
        Some(("metadata-flavor", "Google")),
    ),
    ("Azure", "169.254.169.254", "/metadata/versions", Some(("metadata", "true"))),
];

fn run(_ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    for (cloud, host, path, needed) in SERVICES {
        let usual = match needed {
            Some((name, value)) => Request::read(path).header(name, value),
            None => Request::read(path),
        };
        let reply = tape.send(usual.clone().header("host", host))?;
        if !reply.is_success() || !is_metadata(cloud, reply.answer()) {
            continue;
        }
        // Metadata served under the API's own name is a strange page, and the way there is not `Host`.
        let control = tape.send(usual)?;
        if is_metadata(cloud, control.answer()) {
            continue;
        }
        let summary = format!("with `Host: {host}` anybody reads the metadata of {cloud}");
        return Ok(Verdict::fail(
            Proof::new(Severity::Critical, Confidence::Confirmed, summary)
                .about("host")
                .because(format!("`{path}` was answered in the form of the metadata service"))
                .because(format!(
                    "with the usual host the same path is answered {} and nothing of the kind",
                    control.status
                ))
                .caused_by("the proxy goes where `Host` says")
                .shown_by([reply.index, control.index]),
        ));
    }
    Ok(Verdict::Pass)
}

/// The form of each service's lists.
fn is_metadata(cloud: &str, answer: &Answer) -> bool {
    let lines: Vec<&str> = answer.body.lines().map(str::trim).collect();
    let has = |names: &[&str]| names.iter().filter(|name| lines.contains(*name)).count() >= 3;
    match cloud {
        "AWS" => has(&[
            "ami-id",
            "ami-launch-index",
            "hostname",
            "instance-id",
            "instance-type",
            "local-ipv4",
            "placement/",
            "security-groups",
        ]),
        "Google Cloud" => has(&[
            "attributes/",
            "disks/",
            "hostname",
            "id",
            "machine-type",
            "network-interfaces/",
            "service-accounts/",
            "zone",
        ]),
        _ => answer.json().is_some_and(|json| {
            let versions = json.get("apiVersions").and_then(serde_json::Value::as_array);
            versions.is_some_and(|list| {
                list.len() >= 3
                    && list.iter().all(|v| v.as_str().is_some_and(|v| v.starts_with("20")))
            })
        }),
    }
}
