//! TLS-02: a protocol version is agreed on that has been withdrawn.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::tls::{HelloAnswer, TlsVersion};
use avouch_model::verdict::{Proof, Verdict};

/// TLS-02
pub(super) const CHECK: Check = Check {
    id: "TLS-02",
    name: "withdrawn-tls-version",
    title: "A withdrawn version of SSL or TLS is still offered",
    family: Family::Tls,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Read,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(327),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.7"],
    page: include_str!("old_versions.md"),
    applies: |ctx| ctx.target.secure,
    run,
};

/// The versions that RFC 7568 and RFC 8996 forbid, newest first: the likeliest answer comes first.
const WITHDRAWN: [(TlsVersion, &str); 3] =
    [(TlsVersion::Tls11, "TLS 1.1"), (TlsVersion::Tls10, "TLS 1.0"), (TlsVersion::Ssl3, "SSL 3.0")];

/// Suites that servers of that time chose from: ECDHE and DHE with AES-CBC, RSA with AES-CBC and
/// 3DES and RC4, for RSA and ECDSA certificates (IANA numbers).
const SUITES: [u16; 14] = [
    0xc00a, 0xc014, 0xc009, 0xc013, 0x0039, 0x0033, 0x0035, 0x002f, 0xc012, 0xc008, 0x0016, 0x000a,
    0x0005, 0x0004,
];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    if ctx.target.tls.is_none() {
        return Ok(Verdict::inconclusive("no connection over TLS was made, so nothing is known"));
    }
    let mut accepted = Vec::new();
    let mut unclear = Vec::new();
    for (version, name) in WITHDRAWN {
        match tape.hello(version, &SUITES)? {
            HelloAnswer::Accepted { version: chosen, cipher_suite } if *chosen == version => {
                accepted.push(format!("{name} was agreed on, with suite {cipher_suite:#06x}"));
            }
            // Another version than the one offered is a server that ignores the question, and an
            // alert, whoever sends it, is no agreement.
            HelloAnswer::Accepted { .. } | HelloAnswer::Refused { .. } => (),
            HelloAnswer::Unclear { because } => unclear.push(format!("{name}: {because}")),
        }
    }
    if accepted.is_empty() {
        return Ok(match unclear.first() {
            Some(because) => Verdict::inconclusive(format!("no clear answer to {because}")),
            None => Verdict::Pass,
        });
    }
    let summary = format!(
        "the server agreed on {} withdrawn protocol version{}",
        accepted.len(),
        if accepted.len() == 1 { "" } else { "s" }
    );
    let proof = Proof::new(Severity::Medium, Confidence::Confirmed, summary)
        .caused_by("protocol versions of the TLS endpoint");
    Ok(Verdict::fail(accepted.into_iter().fold(proof, Proof::because)))
}
