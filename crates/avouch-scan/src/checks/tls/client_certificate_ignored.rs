//! TLS-07: a client certificate is declared and nobody asks for it.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::oracle::block::blocked;
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_catalog::SecurityScheme;
use avouch_model::operation::{Method, Operation, Security};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// TLS-07
pub(super) const CHECK: Check = Check {
    id: "TLS-07",
    name: "client-certificate-not-asked-for",
    title: "A client certificate is declared and nobody asks for it",
    family: Family::Tls,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Declaration, Oracle::SoftNotFound],
    tier: Tier::Read,
    needs: &[Need::Description],
    scope: Scope::Operation,
    cwe: Cwe(295),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "CC6.7"],
    page: include_str!("client_certificate_ignored.md"),
    applies: |ctx| {
        let operation = ctx.operation;
        operation.is_some_and(|o| o.method == Method::Get && needs_certificate(ctx, o))
    },
    run,
};

fn run(ctx: &Context<'_>, _tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let corpus = ctx.corpus;
    let answered: Vec<_> = corpus
        .all_of(&operation.id)
        .filter_map(|sample| Some((sample, sample.answer()?)))
        .filter(|(_, answer)| blocked(answer).is_none())
        .collect();
    if answered.is_empty() {
        let because = "the operation was never answered; a handshake that fails is not told from a \
                       connection that does";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    let given = answered
        .iter()
        .find(|(_, answer)| !refuses(answer) && !ctx.target.not_found.is_not_found(answer));
    if let Some((sample, answer)) = given {
        let summary =
            format!("{} was answered {} without any certificate", sample.who, answer.status);
        return Ok(Verdict::fail(
            Proof::new(Severity::High, Confidence::Confirmed, summary)
                .because(
                    "the description asks for a client certificate (mutual TLS) in every way in",
                )
                .because("the scan has none: no connection it made showed one")
                .because("the answer holds something of substance")
                .caused_by("client certificates are not asked for"),
        ));
    }
    // A missing object, or a fault, says nothing of the certificate.
    let refused = answered.iter().any(|(_, answer)| {
        matches!(answer.status, 400 | 401 | 403 | 495 | 496) || answer.is_success()
    });
    if refused {
        return Ok(Verdict::Pass);
    }
    let status = answered.first().map_or(0, |(_, answer)| answer.status);
    Ok(Verdict::inconclusive(format!("it was only ever answered {status}")))
}

/// Whether every way in that the description names needs a certificate.
fn needs_certificate(ctx: &Context<'_>, operation: &Operation) -> bool {
    let mutual =
        |name: &String| matches!(ctx.catalog.schemes.get(name), Some(SecurityScheme::MutualTls));
    match &operation.security {
        Security::Required(ways) => {
            !ways.is_empty()
                && ways.iter().all(|way| way.schemes.iter().any(|(name, _)| mutual(name)))
        }
        Security::Undeclared | Security::Open | Security::Optional(_) => false,
    }
}
