//! AUTH-10: the limit on wrong passwords counts what the guesser chooses.

use super::guessing_unlimited::{GUESSES_MAX, applies};
use super::spare::{self, Spare};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::known_accounts::{password, with_password};
use crate::oracle::limiter::{Evasion, answer_to, evade, is_limit, still_limited};
use crate::oracle::wording::wording;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeMap;

/// AUTH-10
pub(super) const CHECK: Check = Check {
    id: "AUTH-10",
    name: "login-limit-evadable",
    title: "The limit on wrong passwords can be gone around",
    family: Family::Auth,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Replicate, Oracle::BlockDetector],
    tier: Tier::Disruptive,
    needs: &[],
    scope: Scope::Target,
    cwe: Cwe(307),
    owasp: &[Owasp::Api(2), Owasp::Api(4)],
    criteria: &["CC6.1"],
    page: include_str!("limit_evaded.md"),
    applies,
    run,
};

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let spare = spare::account(ctx, tape, "limited")?;
    let wrong = |label: &str| {
        let values = with_password(spare.values.clone(), &password(&ctx.nonces, label));
        spare.login.fill(&values)
    };
    let mut below = None;
    let mut limited = None;
    for n in 0..GUESSES_MAX {
        let (index, answer) = answer_to(tape, wrong(&format!("guess {n}")))?;
        if is_limit(answer) {
            limited = Some((index, answer.status));
            break;
        }
        below.get_or_insert_with(|| wording(answer, &spare.values));
    }
    // Without a limit there is nothing to go around.
    let Some((limit, status)) = limited else { return Ok(Verdict::NotApplicable) };
    // A limit that was met at once leaves no answer to compare with: then the right password tells.
    let plain = |label: &str| if below.is_some() { wrong(label) } else { spare.right() };
    let usual = |answer: &Answer| match &below {
        Some(below) => !is_limit(answer) && wording(answer, &spare.values) == *below,
        None => spare.credential(answer).is_some(),
    };
    if let Some(Evasion { header, shown_by }) = evade(ctx, tape, &plain, &usual)? {
        let by = format!("the header `{header}`");
        return Ok(proven(&by, status, shown_by, limit));
    }
    for (by, values) in spellings(&spare) {
        if let Some(shown_by) = by_spelling(tape, &spare, &values, &wrong)? {
            return Ok(proven(by, status, shown_by, limit));
        }
    }
    Ok(Verdict::Pass)
}

/// The name in other spellings, which a counter may take for another name.
fn spellings(spare: &Spare) -> Vec<(&'static str, BTreeMap<String, String>)> {
    let spelled = |change: &dyn Fn(&str) -> String| {
        let mut values = spare.values.clone();
        for (name, value) in &mut values {
            if name != "password" && Placeholder::parse(value).is_none() {
                *value = change(value);
            }
        }
        values
    };
    let all = [
        ("capital letters in the name", spelled(&|value| value.to_ascii_uppercase())),
        ("a space after the name", spelled(&|value| format!("{value} "))),
    ];
    all.into_iter().filter(|(_, values)| *values != spare.values).collect()
}

/// Only the right password shows that the other spelling is the same account.
fn by_spelling(
    tape: &mut Tape<'_>,
    spare: &Spare,
    values: &BTreeMap<String, String>,
    wrong: &impl Fn(&str) -> Request,
) -> Result<Option<Vec<usize>>, Step> {
    let is_let_in = |answer: &Answer| spare.credential(answer).is_some();
    let (first, answer) = answer_to(tape, spare.login.fill(values))?;
    if !is_let_in(answer) {
        return Ok(None);
    }
    let limited = still_limited(tape, wrong("between spellings"), &|answer| !is_limit(answer))?;
    let (again, answer) = answer_to(tape, spare.login.fill(values))?;
    Ok(is_let_in(answer).then(|| vec![again, limited, first]))
}

fn proven(by: &str, status: u16, shown_by: Vec<usize>, limit: usize) -> Verdict {
    let summary = format!("the limit on wrong passwords is gone around by {by}");
    Verdict::fail(
        Proof::new(Severity::High, Confidence::Confirmed, summary)
            .because(format!("the limit was met: {status}"))
            .because(format!("with {by}: answered as below the limit, twice"))
            .because("without it, in between: limited still")
            .about(by.to_owned())
            .caused_by("the login's limit counts what the guesser chooses")
            .shown_by(shown_by.into_iter().chain([limit])),
    )
}
