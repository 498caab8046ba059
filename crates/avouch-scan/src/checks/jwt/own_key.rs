//! JWT-06: a token brings its own key along, and is believed.

use super::forging;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Credential, Forgery, KeyTold};
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// JWT-06
pub(super) const CHECK: Check = Check {
    id: "JWT-06",
    name: "key-from-token-believed",
    title: "A token is verified with the key it brings along",
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
    page: include_str!("own_key.md"),
    applies: |ctx| forging::bearer(ctx).is_some(),
    run,
};

/// LIMIT: parts of the API on which it is tried, where tokens are signed with key pairs. A verifier
/// of shared secrets that takes a foreign public key is rare enough for one.
const TRIALS_MAX: usize = 4;

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let trials = forging::trials(ctx)?;
    for (place, trial) in trials.iter().take(TRIALS_MAX).enumerate() {
        let by_secret = forging::is_hmac(trial.token);
        if by_secret && place > 0 {
            break;
        }
        let told = [KeyTold::Key, KeyTold::Certificate];
        let told = told.into_iter().take(if by_secret { 1 } else { 2 });
        let forgeries = told.map(|told| Forgery::OwnKey { told, signs: true });
        let Some(accepted) = forging::first_accepted(ctx, tape, trial, forgeries)? else {
            continue;
        };
        let Forgery::OwnKey { told, .. } = &accepted.forgery else {
            return Ok(Verdict::NotApplicable);
        };
        // The same token but for its signature: where that is accepted, nothing is verified.
        let forgery = Forgery::OwnKey { told: told.clone(), signs: false };
        let control = Credential::Forged { from: trial.who, forgery };
        let controls = forging::worthless_is_refused(ctx, tape, trial, &accepted, control)?;
        let header = told.header();
        let what = format!("a token signed by a key of ours, which its `{header}` names,");
        let proof = forging::proof(trial.who, &accepted, controls, &what)
            .because(format!("the worthless one had the same `{header}` and a random signature"))
            .because(format!("seen on `{}`", trial.sample.operation))
            .caused_by("key taken from the token")
            .at(trial.sample.operation.clone());
        return Ok(Verdict::fail(proof));
    }
    Ok(Verdict::Pass)
}
