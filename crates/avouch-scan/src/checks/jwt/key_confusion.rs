//! JWT-05: the issuer's public key, which everybody has, is taken for the secret.

use super::blank_key::random_key;
use super::forging;
use super::public_key::{KeyText, texts_of_pem, texts_of_set};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::corpus::Sample;
use crate::oracle::leaves::leaves;
use crate::step::{Forgery, Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::{Answer, Outcome};
use avouch_model::identity::TokenFacts;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;
use serde_json::Value;

/// LIMIT: operations on which the keys are tried.
const OPERATIONS_MAX: usize = 4;
/// LIMIT: forms of keys that are tried on one operation.
const FORMS_MAX: usize = 4;

/// JWT-05
pub(super) const CHECK: Check = Check {
    id: "JWT-05",
    name: "public-key-as-token-secret",
    title: "A token signed with the public key is accepted",
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
    page: include_str!("key_confusion.md"),
    applies,
    run,
};

/// Whether the token is signed with a key pair whose public half can be mistaken for a secret.
fn has_a_public_key(token: &TokenFacts) -> bool {
    ["RS", "PS", "ES"].iter().any(|family| token.algorithm.starts_with(family))
}

fn applies(ctx: &Context<'_>) -> bool {
    forging::bearer(ctx).is_some_and(|(_, token)| has_a_public_key(token))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let trials = forging::trials(ctx)?;
    let mut keys = known_keys(ctx);
    if keys.is_empty() {
        keys = published_keys(ctx, tape)?;
    }
    if keys.is_empty() {
        return Ok(Verdict::inconclusive("the issuer's public key was not found"));
    }
    keys.truncate(FORMS_MAX);
    for trial in trials.iter().take(OPERATIONS_MAX) {
        let forgeries = keys.iter().map(|key| signed_with(&key.bytes, &key.form));
        let Some(accepted) = forging::first_accepted(ctx, tape, trial, forgeries)? else {
            continue;
        };
        let control = random_key(ctx, trial.who);
        let controls = forging::worthless_is_refused(ctx, tape, trial, &accepted, control)?;
        let what = format!("a token signed with the public key ({})", accepted.forgery.note());
        let proof = forging::proof(trial.who, &accepted, controls, &what)
            .because("the worthless one was signed the same way with a random key")
            .because(format!("seen on `{}`", trial.sample.operation))
            .caused_by("public key accepted as token secret")
            .at(trial.sample.operation.clone());
        return Ok(Verdict::fail(proof));
    }
    Ok(Verdict::Pass)
}

fn signed_with(key: &[u8], name: &str) -> Forgery {
    Forgery::HmacSigned { key: key.to_vec(), key_name: name.to_owned() }
}

/// Keys in what was read already.
fn known_keys(ctx: &Context<'_>) -> Vec<KeyText> {
    let samples = ctx.corpus.samples().iter().filter_map(Sample::success);
    let documents = ctx.target.documents.iter().map(|(_, answer)| answer);
    let answers = samples.chain(documents.filter(|answer| answer.is_success()));
    answers.map(keys_in).find(|keys| !keys.is_empty()).unwrap_or_default()
}

fn keys_in(answer: &Answer) -> Vec<KeyText> {
    let set = answer.json().map(|json| texts_of_set(&json)).unwrap_or_default();
    if !set.is_empty() {
        return set;
    }
    if !answer.body.contains("-----BEGIN ") {
        return Vec::new();
    }
    if answer.json().is_none() {
        return texts_of_pem(&answer.body);
    }
    let texts = leaves(answer).into_iter().map(|leaf| texts_of_pem(&leaf.value));
    texts.into_iter().find(|keys| !keys.is_empty()).unwrap_or_default()
}

/// Asks the places where issuers publish their keys (RFC 8414; `OpenID` Connect Discovery 1.0).
fn published_keys(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Result<Vec<KeyText>, Step> {
    let mut places = vec!["/.well-known/jwks.json".to_owned(), "/jwks.json".to_owned()];
    for metadata in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
    {
        if let Some(place) = ask(tape, metadata)?.and_then(|answer| jwks_place(ctx, &answer)) {
            places.insert(0, place);
            break;
        }
    }
    for place in places {
        let keys = ask(tape, &place)?.map(|answer| keys_in(&answer)).unwrap_or_default();
        if !keys.is_empty() {
            return Ok(keys);
        }
    }
    Ok(Vec::new())
}

/// A place that does not answer is not the end: the next may.
fn ask(tape: &mut Tape<'_>, place: &str) -> Result<Option<Answer>, Step> {
    let tried = tape.send_any(Request::read(place).shared())?;
    Ok(match &tried.exchange.outcome {
        Outcome::Answered(answer) if answer.is_success() => Some(answer.clone()),
        _ => None,
    })
}

/// Where the metadata says the keys are, as a path; only on the target itself.
fn jwks_place(ctx: &Context<'_>, metadata: &Answer) -> Option<String> {
    let json = metadata.json()?;
    let place = json.get("jwks_uri").and_then(Value::as_str)?;
    let origin = url::Url::parse(&ctx.target.origin).ok()?;
    let url = origin.join(place).ok().filter(|url| url.origin() == origin.origin())?;
    Some(url.path().to_owned())
}
