//! JWT-12: what a token tells its bearer, and what it does not say.
//!
//! A token's claims are not encrypted: who holds or logs it reads them.

use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use avouch_model::data_class::DataClass;
use avouch_model::identity::TokenFacts;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeSet;

/// JWT-12
pub(super) const CHECK: Check = Check {
    id: "JWT-12",
    name: "telling-or-endless-token",
    title: "A token tells sensitive data or lacks claims that bound it",
    family: Family::Jwt,
    severity: Severity::Low,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Grammar],
    tier: Tier::Passive,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(359),
    owasp: &[Owasp::Api(2)],
    criteria: &["C1.1", "CC6.1"],
    page: include_str!("claims.md"),
    applies,
    run: |ctx, _| Ok(judge(ctx)),
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.identities.is_empty() || ctx.identities.iter().any(|facts| facts.token.is_some())
}

fn judge(ctx: &Context<'_>) -> Verdict {
    let tokens = ctx.identities.iter().filter_map(|facts| facts.token.as_ref());
    let faults: BTreeSet<(Severity, String)> = tokens.flat_map(faults).collect();
    let Some(worst) = faults.iter().map(|(severity, _)| *severity).max() else {
        return Verdict::Pass;
    };
    let texts: Vec<&str> = faults.iter().rev().map(|(_, text)| text.as_str()).collect();
    let summary = format!("the API's tokens, read without any key: {}", texts.join("; "));
    let mut proof = Proof::new(worst, Confidence::Confirmed, summary)
        .because("the claims of a signed token are encoded, not encrypted (RFC 7519)")
        .caused_by("token claims");
    for text in texts {
        proof = proof.because(text.to_owned());
    }
    Verdict::fail(proof)
}

/// What is wrong with a token, each with its weight.
fn faults(token: &TokenFacts) -> Vec<(Severity, String)> {
    let mut found = Vec::new();
    for (claim, shown) in &token.sensitive_claims {
        let Some(value) = Placeholder::parse(shown) else { continue };
        // An address to write to is what identity tokens are for (OpenID Connect Core, 5.1).
        let severity = match value.class {
            DataClass::Email | DataClass::Phone => Severity::Info,
            _ => Severity::Low,
        };
        found
            .push((severity, format!("the claim `{claim}` holds a value of kind {}", value.class)));
    }
    // How long it lives is the question of AUTH-12.
    for name in ["iss", "aud"] {
        if !token.claims.iter().any(|claim| claim == name) {
            let text =
                format!("there is no `{name}`: another service's token cannot be told apart");
            found.push((Severity::Info, text));
        }
    }
    found
}
