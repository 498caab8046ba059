//! JWT-02: a token that says it is not signed is accepted.

use super::forging;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::step::Forgery;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;

/// JWT-02
pub(super) const CHECK: Check = Check {
    id: "JWT-02",
    name: "unsigned-token-accepted",
    title: "A token without a signature is accepted",
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
    page: include_str!("unsigned.md"),
    applies: forging::is_tried,
    run,
};

/// Spellings of `none`, the one of RFC 7518 first: lists of forbidden algorithms often hold only it.
const SPELLINGS: [&str; 2] = ["none", "nOnE"];

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let trial = forging::trial(ctx)?;
    let tried = if trial.first { SPELLINGS.len() } else { 1 };
    let forgeries =
        SPELLINGS.iter().take(tried).map(|alg| Forgery::Unsigned { alg: (*alg).to_owned() });
    let Some(accepted) = forging::first_accepted(ctx, tape, &trial, forgeries)? else {
        return Ok(Verdict::Pass);
    };
    let control = trial.wrongly_signed();
    let controls = forging::worthless_is_refused(ctx, tape, &trial, &accepted, control)?;
    let what = match &accepted.forgery {
        Forgery::Unsigned { alg } => format!("an unsigned token (`alg` is `{alg}`)"),
        other => other.note(),
    };
    let proof = forging::proof(trial.who, &accepted, controls, &what)
        .because("the worthless one had its algorithm and a random signature")
        .caused_by("unsigned tokens accepted");
    Ok(Verdict::fail(proof))
}
