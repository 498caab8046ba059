//! TLS-03: cipher suites are agreed on that should not be.

use super::suites::GROUPS;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::tls::{HelloAnswer, TlsVersion};
use avouch_model::verdict::{Proof, Verdict};

/// TLS-03
pub(super) const CHECK: Check = Check {
    id: "TLS-03",
    name: "weak-cipher-suite",
    title: "Weak cipher suites are agreed on",
    family: Family::Tls,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(326),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.7"],
    page: include_str!("weak_suites.md"),
    applies: |ctx| ctx.target.secure,
    run,
};

/// LIMIT: suites found in one group before the rest is left: one is as good a proof as ten.
const FOUND_MAX: usize = 4;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    if ctx.target.tls.is_none() {
        return Ok(Verdict::inconclusive("no connection over TLS was made, so nothing is known"));
    }
    let mut found: Vec<(Severity, String)> = Vec::new();
    let mut unclear = None;
    for group in GROUPS {
        // By elimination: offer all, take out what was chosen, offer the rest.
        let mut left: Vec<u16> = group.suites.iter().map(|(number, _)| *number).collect();
        let mut here = 0;
        while !left.is_empty() && here < FOUND_MAX {
            match tape.hello(TlsVersion::Tls12, &left)? {
                HelloAnswer::Accepted { version: TlsVersion::Tls12, cipher_suite }
                    if left.contains(cipher_suite) =>
                {
                    left.retain(|number| number != cipher_suite);
                    here += 1;
                    let name = group.suites.iter().find(|(number, _)| number == cipher_suite);
                    let name = name.map_or("", |(_, name)| name);
                    found.push((group.severity, format!("`TLS_{name}`: {}", group.flaw)));
                }
                HelloAnswer::Unclear { because } => {
                    unclear.get_or_insert_with(|| because.clone());
                    break;
                }
                // What was not offered cannot be agreed on, and an alert is a refusal.
                HelloAnswer::Accepted { .. } | HelloAnswer::Refused { .. } => break,
            }
        }
    }
    let Some((severity, _)) = found.iter().max_by_key(|(severity, _)| *severity) else {
        return Ok(match unclear {
            Some(because) => {
                Verdict::inconclusive(format!("a hello had no clear answer: {because}"))
            }
            None => Verdict::Pass,
        });
    };
    let summary = format!("the server agreed on {} weak cipher suite(s) of TLS 1.2", found.len());
    let proof = Proof::new(*severity, Confidence::Confirmed, summary)
        .caused_by("cipher suites of the TLS endpoint");
    Ok(Verdict::fail(found.iter().map(|(_, line)| line.clone()).fold(proof, Proof::because)))
}
