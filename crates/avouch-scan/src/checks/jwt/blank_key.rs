//! JWT-03: a token signed with an empty key is accepted.

use super::forging;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Credential, Forgery};
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// JWT-03
pub(super) const CHECK: Check = Check {
    id: "JWT-03",
    name: "blank-token-key",
    title: "A token signed with a blank key is accepted",
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
    page: include_str!("blank_key.md"),
    applies,
    run,
};

/// Keys that are none: what a missing setting becomes.
const BLANK: [(&[u8], &str); 2] = [(b"", "empty-key"), (b"\0", "zero-byte-key")];

/// A token signed with an empty key.
pub(super) fn signed_with_nothing() -> Forgery {
    Forgery::HmacSigned { key: Vec::new(), key_name: "empty-key".to_owned() }
}

/// Where tokens are signed with key pairs, a blank secret is only there by a second mistake.
fn applies(ctx: &Context<'_>) -> bool {
    let by_secret = forging::bearer(ctx).is_some_and(|(_, token)| forging::is_hmac(token));
    forging::is_tried(ctx) && (by_secret || forging::trial(ctx).is_ok_and(|trial| trial.first))
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let trial = forging::trial(ctx)?;
    let tried = if trial.first { BLANK.len() } else { 1 };
    let forgeries = BLANK
        .iter()
        .take(tried)
        .map(|(key, name)| Forgery::HmacSigned { key: key.to_vec(), key_name: (*name).to_owned() });
    let Some(accepted) = forging::first_accepted(ctx, tape, &trial, forgeries)? else {
        return Ok(Verdict::Pass);
    };
    let by_secret = forging::is_hmac(trial.token);
    let control = if by_secret { trial.wrongly_signed() } else { random_key(ctx, trial.who) };
    let controls = forging::worthless_is_refused(ctx, tape, &trial, &accepted, control)?;
    let what = format!("a token signed with a blank key ({})", accepted.forgery.note());
    let proof = forging::proof(trial.who, &accepted, controls, &what)
        .because("the worthless one had the same algorithm and a signature of no key")
        .caused_by("blank token key accepted");
    Ok(Verdict::fail(proof))
}

/// A token signed with a key that nobody knows.
pub(super) fn random_key(ctx: &Context<'_>, from: Who) -> Credential {
    let key = ctx.nonces.hex("control key", 64).into_bytes();
    let forgery = Forgery::HmacSigned { key, key_name: "random-key".to_owned() };
    Credential::Forged { from, forgery }
}
