//! JWT-11: a signature of zeros is accepted.

use super::forging;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Forgery;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// JWT-11
pub(super) const CHECK: Check = Check {
    id: "JWT-11",
    name: "zero-signature-accepted",
    title: "A token with a signature of zeros is accepted",
    family: Family::Jwt,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Triad, Oracle::Similarity, Oracle::PrivateSet],
    tier: Tier::Read,
    needs: &[Need::OneIdentity],
    scope: Scope::Target,
    cwe: Cwe(347),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("psychic.md"),
    applies,
    run,
};

/// LIMIT: parts of the API on which it is tried: the mistake is a platform's, and each program may
/// run on its own.
const TRIALS_MAX: usize = 8;

/// Only the equation of ECDSA has that solution.
fn applies(ctx: &Context<'_>) -> bool {
    forging::bearer(ctx).is_some_and(|(_, token)| token.algorithm.starts_with("ES"))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    for trial in forging::trials(ctx)?.iter().take(TRIALS_MAX) {
        let zeros = [Forgery::SignatureZero];
        let Some(accepted) = forging::first_accepted(ctx, tape, trial, zeros)? else { continue };
        let control = trial.wrongly_signed();
        let controls = forging::worthless_is_refused(ctx, tape, trial, &accepted, control)?;
        let proof =
            forging::proof(trial.who, &accepted, controls, "a token with a signature of zeros")
                .because("the worthless one had a random signature")
                .because(format!("seen on `{}`", trial.sample.operation))
                .caused_by("signature of zeros accepted")
                .at(trial.sample.operation.clone());
        return Ok(Verdict::fail(proof));
    }
    Ok(Verdict::Pass)
}
