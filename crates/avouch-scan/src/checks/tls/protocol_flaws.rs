//! TLS-06: the TLS endpoint has a known flaw of the protocol or its implementation.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::tls::{FaultAnswer, TlsFault};
use avouch_model::verdict::{Proof, Verdict};

/// TLS-06
pub(super) const CHECK: Check = Check {
    id: "TLS-06",
    name: "tls-protocol-flaw",
    title: "The TLS endpoint has a known flaw",
    family: Family::Tls,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(327),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC7.1"],
    page: include_str!("protocol_flaws.md"),
    applies: |ctx| ctx.target.secure,
    run,
};

/// Flaws, how bad each is, what it is called, and whether active checks must be allowed.
const FLAWS: [(TlsFault, Severity, &str, bool); 4] = [
    (
        TlsFault::EarlyChangeCipher,
        Severity::High,
        "keys can be forced to be known ones (early ChangeCipherSpec, CVE-2014-0224)",
        false,
    ),
    (
        TlsFault::Heartbeat,
        Severity::High,
        "memory of the server is given out (Heartbleed, CVE-2014-0160)",
        true,
    ),
    (
        TlsFault::Compression,
        Severity::Medium,
        "what is encrypted is compressed before, which gives secrets away by length (CRIME)",
        false,
    ),
    (
        TlsFault::Renegotiation,
        Severity::Low,
        "renegotiation is not bound to the connection (RFC 5746 is not supported)",
        false,
    ),
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    if ctx.target.tls.is_none() {
        return Ok(Verdict::inconclusive("no connection over TLS was made, so nothing is known"));
    }
    let mut shown: Vec<(Severity, String)> = Vec::new();
    let mut unclear = None;
    for (fault, severity, what, needs_active) in FLAWS {
        if needs_active && ctx.tier < Tier::Active {
            continue;
        }
        match tape.tls_fault(fault)? {
            FaultAnswer::Shown { how } => shown.push((severity, format!("{what}: {how}"))),
            FaultAnswer::Absent { .. } => (),
            FaultAnswer::Unclear { because } => {
                unclear.get_or_insert_with(|| format!("{what}: {because}"));
            }
        }
    }
    let Some((severity, first)) = shown.iter().max_by_key(|(severity, _)| *severity) else {
        return Ok(match unclear {
            Some(because) => Verdict::inconclusive(format!("it cannot be told whether {because}")),
            None => Verdict::Pass,
        });
    };
    let proof = Proof::new(*severity, Confidence::Confirmed, first.clone())
        .caused_by("the implementation of TLS");
    Ok(Verdict::fail(shown.iter().map(|(_, line)| line.clone()).fold(proof, Proof::because)))
}
