//! INJ-04: a condition or operator in the login opens it without a password.

use super::login_attempts::{Attempt, attempts, field, fill};
use super::session::{Issued, issued, opens};
use crate::bodies;
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::{Context, Input};
use crate::identity::doors;
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};

/// INJ-04
pub(super) const CHECK: Check = Check {
    id: "INJ-04",
    name: "login-bypassed",
    title: "A condition written into the login opens it without a password",
    family: Family::Inj,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::RandomControl, Oracle::Triad],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(943),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1", "CC6.6"],
    page: include_str!("login_bypassed.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|o| o.method == Method::Post && doors::is_login(o))
}

/// A login as it was tried before, or as the description asks for it, by nobody.
fn model(ctx: &Context<'_>) -> Option<Request> {
    let operation = ctx.operation?;
    let tried = ctx.corpus.all_of(&operation.id).map(|sample| sample.request.clone()).next();
    let made_up = || bodies::minimal(ctx, operation, &Input::Body("/password".into()));
    let mut request = tried.or_else(made_up)?.by(Who::Nobody);
    request.creates = None;
    Some(request)
}

/// Whether the answer lets nobody in.
fn denied(answer: &Answer) -> bool {
    refuses(answer) || issued(answer).is_none()
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let model = model(ctx).ok_or(Step::Done(Verdict::NotApplicable))?;
    let (Some(user), Some(secret)) = (field(&model, false), field(&model, true)) else {
        return Ok(Verdict::inconclusive(
            "which input is the name and which the password is unknown",
        ));
    };
    let word = |label: &str| ctx.nonces.word(label, 9);
    let stranger = fill(&model, &user, &word("user"), &secret, &word("password"))
        .ok_or(Step::Done(Verdict::NotApplicable))?;
    let benign = tape.send(stranger)?;
    if !denied(benign.answer()) {
        return Ok(Verdict::inconclusive("a random name with a random password is let in already"));
    }
    if matches!(benign.status, 404 | 405 | 415) {
        let because = format!("the login is answered {}", benign.status);
        return Ok(Verdict::inconclusive(because));
    }
    for attempt in attempts(ctx, &model, &user, &secret) {
        let tried = tape.send(attempt.request.clone())?;
        if refuses(tried.answer()) {
            continue;
        }
        let credential = issued(tried.answer());
        if credential.is_none() && !refuses(benign.answer()) {
            continue; // Refusals look like this here: no credential, no entry.
        }
        // The same signs with a word no database knows: who lets that in lets anything in.
        let broken = tape.send(attempt.broken.clone())?;
        if !denied(broken.answer()) {
            return Ok(Verdict::inconclusive("a broken condition is let in as well"));
        }
        let shown = [tried.index, benign.index, broken.index];
        return concluded(ctx, tape, &attempt, credential.as_ref(), shown);
    }
    Ok(Verdict::Pass)
}

fn concluded(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    attempt: &Attempt,
    credential: Option<&Issued>,
    shown: [usize; 3],
) -> Flow {
    let opened = match credential {
        Some(credential) => opens(ctx, tape, credential)?,
        None => None,
    };
    let confidence = if opened.is_some() { Confidence::Confirmed } else { Confidence::Firm };
    let summary = format!(
        "nobody logged in with `{}` instead of a password",
        attempt.example.replace("{w}", "x")
    );
    let proof = Proof::new(Severity::Critical, confidence, summary)
        .because("a random name with a random password was refused")
        .because("the same with a misspelt operator was refused")
        .because(match credential {
            Some(credential) => {
                format!("the answer handed out a credential ({})", credential.what())
            }
            None => "the answer was that of a login that succeeded".to_owned(),
        });
    let proof = match &opened {
        Some(target) => proof.because(format!(
            "`{target}` is refused to callers without a credential and answered with this one"
        )),
        None => proof.because("the credential could not be tried on anything that is guarded"),
    };
    Ok(Verdict::fail(proof.caused_by("login").shown_by(shown)))
}
