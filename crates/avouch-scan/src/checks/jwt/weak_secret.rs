//! JWT-04: the secret that signs tokens is in a public list.
//!
//! The search is done off line by the vault, which holds the token; here it is only read.

use super::forging::is_hmac;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// JWT-04
pub(super) const CHECK: Check = Check {
    id: "JWT-04",
    name: "guessable-token-secret",
    title: "The secret that signs tokens can be guessed",
    family: Family::Jwt,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Computed],
    tier: Tier::Passive,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(1391),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("weak_secret.md"),
    applies,
    run: |ctx, _| Ok(judge(ctx)),
};

/// With identities known and none of their tokens signed with a secret, there is nothing to guess.
fn applies(ctx: &Context<'_>) -> bool {
    let mut tokens = ctx.identities.iter().filter_map(|facts| facts.token.as_ref());
    ctx.identities.is_empty() || tokens.any(is_hmac)
}

fn judge(ctx: &Context<'_>) -> Verdict {
    let found = ctx.identities.iter().find_map(|facts| {
        let token = facts.token.as_ref().filter(|token| is_hmac(token))?;
        Some((facts.who, token, token.weak_secret.as_ref()?))
    });
    let Some((who, token, secret)) = found else { return Verdict::Pass };
    let summary = format!("the secret that signs {who}'s token is in a public list");
    Verdict::fail(
        Proof::new(Severity::Critical, Confidence::Confirmed, summary)
            .because(format!(
                "{} of the token's head and claims with that secret equals its signature",
                token.algorithm
            ))
            .because(format!(
                "the secret is {} bytes long and was the {}. that was tried, without any request",
                secret.length, secret.tried
            ))
            .because(format!("the secret: {}", secret.shown))
            .caused_by("guessable token secret"),
    )
}
