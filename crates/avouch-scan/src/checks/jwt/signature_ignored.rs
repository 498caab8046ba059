//! JWT-01: the token's signature is never verified.

use super::{blank_key, forging};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Credential, Forgery};
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// JWT-01
pub(super) const CHECK: Check = Check {
    id: "JWT-01",
    name: "token-signature-ignored",
    title: "A token's signature is not verified",
    family: Family::Jwt,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(347),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("signature_ignored.md"),
    applies: forging::is_tried,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let trial = forging::trial(ctx)?;
    // Where secrets sign, the wrong signature is that of an empty key, which is tried anyway
    // (JWT-03): who does not verify signatures takes it as any other.
    let by_secret = forging::is_hmac(trial.token);
    let first =
        if by_secret { blank_key::signed_with_nothing() } else { Forgery::SignatureFlipped };
    let Some(accepted) = forging::first_accepted(ctx, tape, &trial, [first])? else {
        return Ok(Verdict::Pass);
    };
    let Some(again) = forging::accepted(ctx, tape, &trial, Forgery::SignatureRandom)? else {
        // An empty key signs there, and no wrong signature is accepted: JWT-03 says so.
        if by_secret {
            return Ok(Verdict::Pass);
        }
        return Ok(Verdict::inconclusive("one bent signature was accepted, another was not"));
    };
    // A token that is no token: where it is accepted no token is looked at (AUTH-02).
    let garbage = Credential::Garbage { like: trial.who, salt: 0 };
    let controls = forging::worthless_is_refused(ctx, tape, &trial, &again, garbage)?;
    let proof = forging::proof(trial.who, &again, controls, "a token with a random signature")
        .because(format!("with another wrong signature: {}", accepted.forged.status))
        .caused_by("token signature not verified");
    Ok(Verdict::fail(proof))
}
