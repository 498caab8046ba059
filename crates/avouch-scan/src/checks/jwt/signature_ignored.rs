//! JWT-01: the token's signature is never verified.

use super::forging;
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
    let (who, sample, _) = forging::subject(ctx)?;
    let bent = [Forgery::SignatureFlipped];
    let Some(accepted) = forging::first_accepted(ctx, tape, who, sample, bent)? else {
        forging::living(tape, who, sample)?;
        return Ok(Verdict::Pass);
    };
    // A token that is no token: where it is accepted no token is looked at (AUTH-02).
    let garbage = Credential::Garbage { like: who, salt: 0 };
    let controls = forging::worthless_is_refused(ctx, tape, sample, &accepted, garbage)?;
    let random = [Forgery::SignatureRandom];
    let Some(again) = forging::first_accepted(ctx, tape, who, sample, random)? else {
        return Ok(Verdict::inconclusive("one bent signature was accepted, another was not"));
    };
    let proof = forging::proof(who, &again, controls, "a token with a random signature")
        .because(format!("with one bit of the signature changed: {}", accepted.forged.status))
        .caused_by("token signature not verified");
    Ok(Verdict::fail(proof))
}
