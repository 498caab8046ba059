//! AUTH-09: passwords may be guessed without end.

use super::spare;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::identity::doors;
use crate::known_accounts::{password, with_password};
use crate::oracle::limiter::{answer_to, is_limit};
use crate::oracle::ranks::median;
use crate::oracle::wording::wording;
use crate::tape::{Flow, Tape};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// AUTH-09
pub(super) const CHECK: Check = Check {
    id: "AUTH-09",
    name: "guessing-unlimited",
    title: "Passwords may be guessed without end",
    family: Family::Auth,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::BlockDetector],
    tier: Tier::Disruptive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(307),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "CC7.2"],
    page: include_str!("guessing_unlimited.md"),
    applies,
    run,
};

/// LIMIT: wrong passwords that are tried.
pub(super) const GUESSES_MAX: usize = 12;
/// Answers this much slower than the first, in microseconds and by factor, are a defence.
const DELAY_US: u64 = 1_000_000;
const DELAY_FACTOR: u64 = 3;

pub(super) fn applies(ctx: &Context<'_>) -> bool {
    spare::is_there(ctx) || !doors::logins(ctx.catalog, None).is_empty()
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let spare = spare::account(ctx, tape, "guessed")?;
    let entered = tape.send(spare.right())?;
    if spare.credential(entered.answer()).is_none() {
        let because = format!("the right password was answered {} before", entered.status);
        return Ok(Verdict::inconclusive(because));
    }
    let mut first = None;
    let mut times = Vec::new();
    let mut shown = Vec::new();
    for n in 0..GUESSES_MAX {
        let guess = password(&ctx.nonces, &format!("guess {n}"));
        let values = with_password(spare.values.clone(), &guess);
        let (index, answer) = answer_to(tape, spare.login.fill(&values))?;
        if is_limit(answer) {
            return Ok(Verdict::Pass);
        }
        if spare.credential(answer).is_some() {
            return Ok(Verdict::inconclusive("a wrong password was let in"));
        }
        let said = wording(answer, &values);
        // Another refusal than before is a defence, whatever it is called.
        if *first.get_or_insert_with(|| said.clone()) != said {
            return Ok(Verdict::Pass);
        }
        times.push(answer.timing.total_us);
        shown.push(index);
    }
    let (begun, ended) = times.split_at(times.len() / 2);
    let (begun, ended) = (median(begun), median(ended));
    if ended > DELAY_US && ended > begun.saturating_mul(DELAY_FACTOR) {
        return Ok(Verdict::Pass);
    }
    let (index, answer) = answer_to(tape, spare.right())?;
    if spare.credential(answer).is_none() {
        // It says so to nobody, and the account is closed all the same.
        return Ok(Verdict::Pass);
    }
    let summary =
        format!("after {GUESSES_MAX} wrong passwords in a row the right one is let in at once");
    Ok(Verdict::fail(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!("{GUESSES_MAX} wrong passwords were tried, on one account"))
            .because("each was answered alike and as fast, with no limit, lock or puzzle")
            .because("the right password gave a credential before and after")
            .caused_by("logins are not limited")
            .shown_by([index].into_iter().chain(shown).chain([entered.index])),
    ))
}
