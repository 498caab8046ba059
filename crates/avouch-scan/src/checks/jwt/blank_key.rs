//! JWT-03: a token signed with an empty key is accepted.

use super::forging;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::{Credential, Forgery};
use crate::tape::{Flow, Tape};
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
    applies: forging::is_tried,
    run,
};

/// Keys that are none: what a missing setting becomes.
const BLANK: [(&[u8], &str); 2] = [(b"", "empty-key"), (b"\0", "zero-byte-key")];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let (who, sample, place) = forging::subject(ctx)?;
    let tried = if place < forging::THOROUGH_MAX { BLANK.len() } else { 1 };
    let forgeries = BLANK
        .iter()
        .take(tried)
        .map(|(key, name)| Forgery::HmacSigned { key: key.to_vec(), key_name: (*name).to_owned() });
    let Some(accepted) = forging::first_accepted(ctx, tape, who, sample, forgeries)? else {
        forging::living(tape, who, sample)?;
        return Ok(Verdict::Pass);
    };
    let forgery = Forgery::HmacSigned {
        key: ctx.nonces.hex("control key", 64).into_bytes(),
        key_name: "random-key".to_owned(),
    };
    let control = Credential::Forged { from: who, forgery };
    let controls = forging::worthless_is_refused(ctx, tape, sample, &accepted, control)?;
    let what = format!("a token signed with a blank key ({})", accepted.forgery.note());
    let proof = forging::proof(who, &accepted, controls, &what)
        .because("the worthless one was signed the same way with a random key")
        .caused_by("blank token key accepted");
    Ok(Verdict::fail(proof))
}
