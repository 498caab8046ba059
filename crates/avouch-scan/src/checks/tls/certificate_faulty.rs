//! TLS-04: the certificate is not trusted, ends soon, or rests on weak keys or signatures.

use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::tls::{CertificateFacts, TlsFacts};
use avouch_model::verdict::{Proof, Verdict};

/// TLS-04
pub(super) const CHECK: Check = Check {
    id: "TLS-04",
    name: "faulty-certificate",
    title: "The certificate is not trusted, ends soon or is weak",
    family: Family::Tls,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(295),
    owasp: &[Owasp::Api(8)],
    criteria: &["CC6.7", "CC7.1"],
    page: include_str!("certificate_faulty.md"),
    applies: |ctx| ctx.target.secure && !ctx.target.loopback,
    run,
};

const DAY: i64 = 86_400;

/// One thing that is wrong: how bad, what is said of it, and which part it concerns.
struct Fault(Severity, String, &'static str);

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let tls = ctx
        .target
        .tls
        .as_ref()
        .ok_or_else(|| Step::inconclusive("no connection over TLS was made"))?;
    let leaf = tls
        .certificates
        .first()
        .ok_or_else(|| Step::inconclusive("the certificate could not be read"))?;
    let mut faults: Vec<Fault> = Vec::new();
    faults.extend(distrust(tls));
    faults.extend(ending(leaf, ctx.now.as_second()));
    faults.extend(tls.certificates.iter().filter(|one| !is_root(one)).flat_map(weakness));
    let Some(worst) = faults.iter().max_by_key(|Fault(severity, ..)| *severity) else {
        return Ok(Verdict::Pass);
    };
    let Fault(severity, said, part) = worst;
    let proof = Proof::new(*severity, Confidence::Confirmed, said).about(*part);
    Ok(Verdict::fail(faults.iter().map(|Fault(_, said, _)| said).fold(proof, Proof::because)))
}

fn distrust(tls: &TlsFacts) -> Option<Fault> {
    let because = tls.distrusted_because.as_ref()?;
    Some(Fault(Severity::High, format!("clients do not trust the certificate: {because}"), "trust"))
}

/// A certificate that ends within days, when whoever renews it should have done so. The windows are
/// 14 and 30 days for a certificate of a year, and shrink to a tenth and a fifth of the life of one
/// that lives shortly: those are renewed late on purpose.
fn ending(leaf: &CertificateFacts, now: i64) -> Option<Fault> {
    let life = leaf.not_after.saturating_sub(leaf.not_before).max(0);
    let left = leaf.not_after.saturating_sub(now);
    let severity = if left <= 0 || left < (14 * DAY).min(life / 10) {
        Severity::High
    } else if left < (30 * DAY).min(life / 5) {
        Severity::Medium
    } else {
        return None;
    };
    let said = if left <= 0 {
        format!("the certificate ended {} days ago", left.saturating_neg() / DAY)
    } else {
        format!("the certificate ends in {} days of {}", left / DAY, life / DAY)
    };
    Some(Fault(severity, said, "expiry"))
}

/// What signs itself is not judged by its signature.
fn is_root(certificate: &CertificateFacts) -> bool {
    certificate.subject == certificate.issuer
}

fn weakness(certificate: &CertificateFacts) -> Vec<Fault> {
    let CertificateFacts { subject, key_algorithm, key_bits, signature_algorithm, .. } =
        certificate;
    let mut faults = Vec::new();
    let bits_min = match key_algorithm.as_str() {
        "RSA" => 2048,
        "EC" => 224,
        _ => 0,
    };
    if *key_bits > 0 && *key_bits < bits_min {
        let said = format!("the key of `{subject}` is {key_algorithm} with {key_bits} bits");
        faults.push(Fault(Severity::Medium, said, "key"));
    }
    let signature = signature_algorithm.to_ascii_lowercase();
    if ["sha1", "md5", "md2"].iter().any(|weak| signature.contains(weak)) {
        let said = format!("`{subject}` is signed with {signature_algorithm}");
        faults.push(Fault(Severity::Medium, said, "signature"));
    }
    faults
}
