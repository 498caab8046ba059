//! JWT-07: the server fetches keys from an address that a token names.

use super::forging::{self, Trial};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::{Context, OutOfBand};
use crate::oracle::out_of_band::{is_the_target, nobody_came};
use crate::step::{Credential, Forgery, KeyTold, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Hit;
use avouch_model::operation::OperationId;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// JWT-07
pub(super) const CHECK: Check = Check {
    id: "JWT-07",
    name: "key-address-from-token-fetched",
    title: "Keys are fetched from an address that a token names",
    family: Family::Jwt,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::OutOfBand, Oracle::Triad, Oracle::Similarity],
    // It makes the server call somebody: only where its owner agreed, which is when there is a
    // listener at all.
    tier: Tier::Active,
    needs: &[Need::OneIdentity, Need::OutOfBand],
    scope: Scope::Target,
    cwe: Cwe(918),
    owasp: &[Owasp::Api(2), Owasp::Api(7)],
    criteria: &["CC6.1", "CC6.6"],
    page: include_str!("key_address.md"),
    applies: |ctx| forging::bearer(ctx).is_some(),
    run,
};

/// LIMIT: parts of the API on which it is tried.
const TRIALS_MAX: usize = 3;
/// LIMIT: milliseconds the target is given to come, after the last address was given away.
const WAIT_MS: u32 = 2_000;
/// LIMIT: milliseconds for each earlier address, which has had that time already.
const WAIT_MORE_MS: u32 = 50;

/// An address that was given away.
struct Planted {
    token: String,
    header: &'static str,
    operation: OperationId,
    index: usize,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let listener = ctx.out_of_band.ok_or(Step::Done(Verdict::NotApplicable))?;
    let trials = forging::trials(ctx)?;
    let mut planted = Vec::new();
    for (place, trial) in trials.iter().take(TRIALS_MAX).enumerate() {
        for (told, token) in addresses(ctx, listener, place) {
            nobody_came(tape, &token)?;
            let header = told.header();
            let forgery = Forgery::OwnKey { told, signs: true };
            let operation = trial.sample.operation.clone();
            planted.push(Planted { token, header, operation, index: tape.exchanges() });
            if let Some(verdict) = believed(ctx, tape, trial, forgery)? {
                return Ok(verdict);
            }
        }
        forging::still_lives(ctx, tape, trial)?;
    }
    for (n, planted) in planted.iter().rev().enumerate() {
        let wait = if n == 0 { WAIT_MS } else { WAIT_MORE_MS };
        let hits = tape.await_hit(&planted.token, wait)?;
        if let Some(hit) = hits.iter().find(|hit| is_the_target(hit)) {
            return Ok(Verdict::fail(fetched(planted, hit)));
        }
    }
    Ok(Verdict::Pass)
}

fn addresses(ctx: &Context<'_>, listener: &OutOfBand, place: usize) -> [(KeyTold, String); 2] {
    let make: [fn(String) -> KeyTold; 2] = [KeyTold::KeyAddress, KeyTold::CertificateAddress];
    let mut n = 0;
    make.map(|told| {
        n += 1;
        let token = ctx.nonces.hex(&format!("token {place} {n}"), 24);
        (told(listener.url(&token)), token)
    })
}

/// Whether the token is accepted: then the key that the listener served verified it.
fn believed(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    trial: &Trial<'_>,
    forgery: Forgery,
) -> Result<Option<Verdict>, Step> {
    let Forgery::OwnKey { told, .. } = &forgery else { return Ok(None) };
    let header = told.header();
    let control = Forgery::OwnKey { told: told.clone(), signs: false };
    let Some(accepted) = forging::accepted(ctx, tape, trial, forgery)? else { return Ok(None) };
    let control = Credential::Forged { from: trial.who, forgery: control };
    let controls = forging::worthless_is_refused(ctx, tape, trial, &accepted, control)?;
    let what = format!("a token signed by a key of ours, which it says is at our `{header}`,");
    let proof = forging::proof(trial.who, &accepted, controls, &what)
        .because(format!("the worthless one had the same `{header}` and a random signature"))
        .because(format!("seen on `{}`", trial.sample.operation))
        .caused_by("keys fetched from where the token says")
        .at(trial.sample.operation.clone());
    Ok(Some(Verdict::fail(proof)))
}

fn fetched(planted: &Planted, hit: &Hit) -> Proof {
    let web = hit.protocol == "http";
    let confidence = if web { Confidence::Confirmed } else { Confidence::Firm };
    let what = if web { "fetched it" } else { "looked its name up" };
    let summary = format!(
        "a token named an address of ours in its `{}`, and the server {what}",
        planted.header
    );
    Proof::new(Severity::Medium, confidence, summary)
        .because("nobody had come with that random path before the token was sent")
        .because(format!("then it came by {} from `{}`", hit.protocol, hit.from))
        .because("the token itself was refused: what can be reached is the server's network")
        .because(format!("seen on `{}`", planted.operation))
        .caused_by("keys fetched from where the token says")
        .at(planted.operation.clone())
        .shown_by([planted.index])
}
