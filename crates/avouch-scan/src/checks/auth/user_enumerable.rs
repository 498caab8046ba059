//! AUTH-08: a stranger can find out who has an account.

use super::spare::{self, Spare};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::context::Context;
use crate::identity::blanks::{self, Fill};
use crate::identity::doors;
use crate::identity::spec::Take;
use crate::known_accounts::{Form, Registration, made_up, password, with_password};
use crate::objects::accepted;
use crate::oracle::block::blocked;
use crate::oracle::limiter::answer_to;
use crate::oracle::ranks::{EACH_MIN, apart};
use crate::oracle::wording::{Wording, wording};
use crate::step::Step;
use crate::tape::{Flow, Tape};
use avouch_model::operation::Operation;
use avouch_model::placeholder::Placeholder;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use std::collections::BTreeMap;

/// AUTH-08
pub(super) const CHECK: Check = Check {
    id: "AUTH-08",
    name: "user-enumerable",
    title: "A stranger can find out who has an account",
    family: Family::Auth,
    severity: Severity::Medium,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::Contrast, Oracle::Replicate, Oracle::RandomControl, Oracle::Timing],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(204),
    owasp: &[Owasp::Api(2)],
    criteria: &["CC6.1"],
    page: include_str!("user_enumerable.md"),
    applies,
    run,
};

type Values = BTreeMap<String, String>;

/// What an operation does for people.
enum Door<'a> {
    /// The way by which the scan's accounts log in.
    Login,
    /// Another one, which may know the same accounts.
    OtherLogin(Form),
    Reset(Form),
    Register(&'a Registration),
}

fn door<'a>(ctx: &Context<'a>, operation: &Operation) -> Option<Door<'a>> {
    let registration = ctx.accounts.registration.as_ref();
    if let Some(made) = registration.filter(|made| made.operation == operation.id) {
        return Some(Door::Register(made));
    }
    if doors::is_reset(operation) {
        let draft = blanks::draft(operation, Fill::Required, 1)?;
        return Some(Door::Reset(draft.form(&ctx.target.base_path)));
    }
    let target = ctx.path(&operation.path);
    let is = |form: &Form| form.target == target && form.method == operation.method;
    let by_form = registration.and_then(|made| made.login.as_ref()).is_some_and(is)
        || ctx.accounts.own.iter().any(|account| is(&account.login));
    let logins = doors::logins(ctx.catalog, None);
    let at = logins.iter().position(|login| login.id == operation.id);
    if by_form || at == Some(0) && !spare::is_there(ctx) {
        // Without an account the likeliest login says why it cannot be evaluated.
        return Some(Door::Login);
    }
    at.filter(|_| spare::is_there(ctx))?;
    let draft = blanks::draft(operation, Fill::Required, 1)?;
    Some(Door::OtherLogin(draft.form(&ctx.target.base_path)))
}

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| door(ctx, operation).is_some())
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    match door(ctx, ctx.operation()?) {
        Some(Door::Register(registration)) => ask_registration(ctx, tape, registration),
        Some(Door::Reset(form)) => ask_reset(ctx, tape, &form),
        Some(Door::Login) => {
            let spare = spare::account(ctx, tape, "known")?;
            ask_login(ctx, tape, &spare)
        }
        Some(Door::OtherLogin(form)) => {
            let spare = Spare { login: form, take: Take::Usual, ..known(ctx, tape)? };
            let entered = tape.send(spare.right())?;
            if spare.credential(entered.answer()).is_none() {
                // It is for other accounts, or asks for more than a password.
                return Ok(Verdict::NotApplicable);
            }
            ask_login(ctx, tape, &spare)
        }
        None => Ok(Verdict::NotApplicable),
    }
}

/// Somebody nobody registered, under the names the account has.
fn stranger(ctx: &Context<'_>, spare: &Spare, label: &str) -> Values {
    let made = made_up(&ctx.nonces, label);
    let mut values = spare.values.clone();
    for (name, value) in &mut values {
        let like = if name == "user" && is_address(value) { "email" } else { name.as_str() };
        if let Some(other) = made.get(like) {
            value.clone_from(other);
        }
    }
    values
}

fn is_address(value: &str) -> bool {
    use avouch_model::data_class::DataClass;
    value.contains('@') || Placeholder::parse(value).is_some_and(|p| p.class == DataClass::Email)
}

fn ask_login(ctx: &Context<'_>, tape: &mut Tape<'_>, spare: &Spare) -> Flow {
    let mut said = Groups::default();
    let mut indices = Vec::new();
    for (n, known) in [false, true, false, true, false].into_iter().enumerate() {
        let tried = attempt(ctx, tape, spare, known, &format!("{n}"))?;
        said.of(known).push(tried.said);
        indices.push(tried.index);
    }
    let what = "a login with a wrong password";
    match compare(&said.known, &said.unknown) {
        Compared::Unstable => Ok(Verdict::inconclusive("equal attempts are answered differently")),
        Compared::Apart(known, unknown) => {
            Ok(told_apart(Severity::Medium, what, &known, &unknown, &indices))
        }
        Compared::Alike if spare.of.is_some() => Ok(Verdict::inconclusive(
            "the answers are alike; their times were not measured, as that takes nine wrong \
             passwords on an account somebody uses",
        )),
        Compared::Alike => ask_times(ctx, tape, spare, &said.unknown),
    }
}

/// What came of one attempt.
struct Attempt {
    index: usize,
    took_us: u64,
    said: Wording,
}

/// One login with a wrong password, by the account or by nobody's name.
fn attempt(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    spare: &Spare,
    known: bool,
    label: &str,
) -> Result<Attempt, Step> {
    let values = if known { spare.values.clone() } else { stranger(ctx, spare, label) };
    let values = with_password(values, &password(&ctx.nonces, &format!("wrong {label}")));
    // Sent once: a limit on wrong passwords is an answer, and waiting for its end would take minutes.
    let (index, answer) = answer_to(tape, spare.login.fill(&values))?;
    let because = if let Some(why) = blocked(answer) {
        why
    } else if spare.credential(answer).is_some() {
        "a wrong password was let in: the login is not what it seems".to_owned()
    } else {
        return Ok(Attempt {
            index,
            took_us: answer.timing.first_byte_us,
            said: wording(answer, &values),
        });
    };
    Err(Step::Done(Verdict::inconclusive(because)))
}

/// The same words may take different times: a password is hashed for those there are.
fn ask_times(ctx: &Context<'_>, tape: &mut Tape<'_>, spare: &Spare, usual: &[Wording]) -> Flow {
    let mut times = Groups::default();
    let mut indices = Vec::new();
    for n in 0..EACH_MIN {
        for known in [true, false] {
            let tried = attempt(ctx, tape, spare, known, &format!("timed {n}"))?;
            if !usual.contains(&tried.said) {
                let because = "the answers changed while their times were measured";
                return Ok(Verdict::inconclusive(because));
            }
            times.of(known).push(tried.took_us);
            indices.push(tried.index);
        }
    }
    let Some(distance) = apart(&times.known, &times.unknown) else { return Ok(Verdict::Pass) };
    let summary = format!(
        "a login of somebody with an account is answered {} ms later or earlier than one of nobody",
        distance / 1000
    );
    Ok(Verdict::fail(
        Proof::new(Severity::Low, Confidence::Firm, summary)
            .because(format!("{EACH_MIN} attempts each, in alternation, with wrong passwords"))
            .because("the two groups of times differ at p < 0.01 (Mann-Whitney)")
            .because("what was answered is alike")
            .caused_by("accounts told apart by time")
            .shown_by(indices),
    ))
}

/// An account, known by its address too when that is its name.
fn known(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Result<Spare, Step> {
    let mut spare = spare::account(ctx, tape, "known")?;
    if let Some(user) = spare.values.get("user").filter(|user| is_address(user)).cloned() {
        spare.values.entry("email".to_owned()).or_insert(user);
    }
    Ok(spare)
}

fn ask_reset(ctx: &Context<'_>, tape: &mut Tape<'_>, form: &Form) -> Flow {
    let spare = known(ctx, tape)?;
    let known = spare.values.clone();
    let registered = ctx.accounts.registration.as_ref().filter(|_| spare.of.is_none());
    let unknown_to_target = |name: &str| {
        form.asks_for(name)
            && (!known.contains_key(name)
                || registered.is_some_and(|registration| !registration.form.asks_for(name)))
    };
    if ["user", "email", "phone"].into_iter().any(unknown_to_target) {
        let because = "what it asks for was not told to the target when the account was made";
        return Ok(Verdict::inconclusive(because));
    }
    let mut said = Groups::default();
    let mut indices = Vec::new();
    for (n, is_known) in [false, true, false, true, false].into_iter().enumerate() {
        let other = Spare { values: known.clone(), ..spare.clone() };
        let values =
            if is_known { known.clone() } else { stranger(ctx, &other, &format!("reset {n}")) };
        let reply = tape.send(form.fill(&values))?;
        said.of(is_known).push(wording(reply.answer(), &values));
        indices.push(reply.index);
    }
    let what = "asking for a forgotten password";
    Ok(match compare(&said.known, &said.unknown) {
        Compared::Unstable => Verdict::inconclusive("equal requests are answered differently"),
        Compared::Alike => Verdict::Pass,
        Compared::Apart(known, unknown) => {
            told_apart(Severity::Medium, what, &known, &unknown, &indices)
        }
    })
}

/// Whoever registers finds out whether a name is taken; only worth knowing, since names that must be
/// unique leave little choice.
fn ask_registration(ctx: &Context<'_>, tape: &mut Tape<'_>, registration: &Registration) -> Flow {
    let taken = made_up(&ctx.nonces, "taken");
    let first = tape.send(registration.request(&taken))?;
    if !accepted(first.answer()) {
        let because = format!("no account could be made: {}", first.status);
        return Ok(Verdict::inconclusive(because));
    }
    let again = |label: &str| with_password(taken.clone(), &password(&ctx.nonces, label));
    let (values, others) = (again("again"), made_up(&ctx.nonces, "new"));
    let repeated = tape.send(registration.request(&values))?;
    let known = wording(repeated.answer(), &values);
    let fresh = tape.send(registration.request(&others))?;
    if !accepted(fresh.answer()) {
        return Ok(Verdict::inconclusive("a second new account is refused too"));
    }
    let values = again("once more");
    let once_more = tape.send(registration.request(&values))?;
    let unknown = wording(fresh.answer(), &others);
    if wording(once_more.answer(), &values) != known {
        return Ok(Verdict::inconclusive("equal requests are answered differently"));
    }
    if accepted(repeated.answer()) {
        return Ok(Verdict::Pass);
    }
    let indices = [repeated.index, once_more.index, fresh.index, first.index];
    Ok(told_apart(Severity::Info, "a registration", &known, &unknown, &indices))
}

/// What came of asking about an account, and about nobody's.
struct Groups<T> {
    known: Vec<T>,
    unknown: Vec<T>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self { known: Vec::new(), unknown: Vec::new() }
    }
}

impl<T> Groups<T> {
    fn of(&mut self, known: bool) -> &mut Vec<T> {
        if known { &mut self.known } else { &mut self.unknown }
    }
}

/// Two groups of answers beside each other.
enum Compared {
    Unstable,
    Alike,
    Apart(Wording, Wording),
}

fn compare(known: &[Wording], unknown: &[Wording]) -> Compared {
    let stable = |group: &[Wording]| group.windows(2).all(|pair| pair.first() == pair.last());
    match (known.first(), unknown.first()) {
        (Some(a), Some(b)) if stable(known) && stable(unknown) => {
            if a == b {
                Compared::Alike
            } else {
                Compared::Apart(a.clone(), b.clone())
            }
        }
        _ => Compared::Unstable,
    }
}

fn told_apart(
    severity: Severity,
    what: &str,
    known: &Wording,
    unknown: &Wording,
    indices: &[usize],
) -> Verdict {
    let (with, without) = (known.shown_beside(unknown), unknown.shown_beside(known));
    let summary = format!("{what} tells who has an account: {with}, and who has none: {without}");
    Verdict::fail(
        Proof::new(severity, Confidence::Confirmed, summary)
            .because(format!("for an account that is there, twice: {with}"))
            .because(format!("for names made up for this scan: {without}"))
            .because("names, numbers and random values in the answers were left out")
            .shown_by(indices.iter().copied()),
    )
}
