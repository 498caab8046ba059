//! The part of PROP-08 about registering: an account that gave itself rights.

use super::wishes::{Sight, Wishes, closed_doors, look, usual_wishes, wished};
use crate::accounts::{self, Account, Desk};
use crate::context::Context;
use crate::objects::accepted;
use crate::oracle::guarded::turns_away;
use crate::oracle::leaves::plain_key;
use crate::oracle::refusal::refuses;
use crate::oracle::rights::{decides, is_high};
use crate::step::{Request, Step};
use crate::tape::{Flow, Tape};
use avouch_model::identity::Who;
use avouch_model::schema::Schema;
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Map, Value};

/// LIMIT: properties that are tried one by one when all together are refused.
const ALONE_MAX: usize = 6;

/// Registers as described, then with rights, and looks at what became of it.
pub(super) fn run(ctx: &Context<'_>, tape: &mut Tape<'_>, desk: Desk<'_>) -> Flow {
    let (desk, person, reply) = accounts::open(ctx, tape, desk, "control")?;
    let desk = &desk;
    if !accepted(reply.answer()) {
        let because = format!("an ordinary registration was answered {}", reply.status);
        return Ok(Verdict::inconclusive(because));
    }
    let control = accounts::enter(ctx, tape, desk, person, reply)?;
    let natural = look(ctx, tape, desk, &control, None)?;
    let door = open_question(ctx, tape, &control)?;
    if natural.is_empty() && door.is_none() {
        return Ok(Verdict::inconclusive("nothing shows what an account may do"));
    }
    let wishes = wishes(ctx, desk, &natural);
    if wishes.is_empty() {
        return Ok(Verdict::inconclusive("there is nothing more that an account could ask for"));
    }
    let Some((first, wishes)) = granted(ctx, tape, desk, wishes)? else {
        // The same registration without them went through: they are refused.
        return Ok(Verdict::Pass);
    };
    let shown = look(ctx, tape, desk, &first, Some(&natural))?;
    let risen = risen(&natural, &shown, &wishes);
    let through = passes(tape, &first, door.as_ref())?;
    if risen.is_empty() && through.is_none() {
        return Ok(if shown.is_empty() && door.is_none() {
            Verdict::inconclusive("the account that asked for more is shown nowhere")
        } else {
            Verdict::Pass
        });
    }
    let (person, reply) = accounts::register(ctx, tape, desk, "second", &wishes)?;
    let second = accounts::enter(ctx, tape, desk, person, reply)?;
    let again = look(ctx, tape, desk, &second, Some(&natural))?;
    let held: Vec<Risen> =
        self::risen(&natural, &again, &wishes).into_iter().filter(|r| risen.contains(r)).collect();
    let through_again = passes(tape, &second, door.as_ref())?;
    let shown_by = [first.reply.index, second.reply.index, control.reply.index];
    let sights = [&shown, &again, &natural].into_iter().flatten().map(|sight| sight.index);
    let doors = [through, through_again].into_iter().flatten();
    let all: Vec<usize> = shown_by.into_iter().chain(sights).chain(doors).collect();
    let opened = door.filter(|_| through.is_some() && through_again.is_some());
    Ok(Verdict::fail(proof(desk, &risen, &held, &wishes, opened.as_ref()).shown_by(all)))
}

/// A property that an account has and the ordinary one has not.
#[derive(Clone, Debug, PartialEq)]
struct Risen {
    name: String,
    natural: Value,
    value: Value,
    place: String,
}

/// What to ask for: the names that records show, else the commonest.
fn wishes(ctx: &Context<'_>, desk: &Desk<'_>, natural: &[Sight]) -> Wishes {
    let mut wishes = Map::new();
    for (name, value) in natural.iter().flat_map(|sight| &sight.rights) {
        if let Some(wish) = wished(ctx, name, value, offered(desk, name)) {
            wishes.insert(name.clone(), wish);
        }
    }
    let shown: Vec<(String, &Value)> =
        natural.iter().flat_map(|s| &s.rights).map(|(name, v)| (plain_key(name), v)).collect();
    // Whoever is shown as an administrator has nothing more to ask for.
    let high = |value: &Value| *value == Value::Bool(true) || value.as_str().is_some_and(is_high);
    if shown.iter().any(|(name, v)| decides(name) == Some(Severity::Critical) && high(v)) {
        return wishes;
    }
    for (name, wish) in usual_wishes() {
        let known = shown.iter().any(|(shown, _)| *shown == plain_key(&name));
        // A role that is described with its values is asked for within them or not at all.
        let bound = offered(desk, &name).is_some_and(|schema| !chooses_high(schema));
        if !known && !bound {
            wishes.insert(name, wish);
        }
    }
    wishes
}

/// Whether a property may be anything, or may be an administrator's.
fn chooses_high(schema: &Schema) -> bool {
    let mut words = schema.allowed.iter().filter_map(Value::as_str);
    schema.allowed.is_empty() || words.any(is_high)
}

/// What the description says of that property where people register.
fn offered<'d>(desk: &Desk<'d>, name: &str) -> Option<&'d Schema> {
    let known = |schema: &'d Schema| schema.properties.get(name).map(|shape| &**shape);
    desk.register.body.iter().find_map(|media| {
        let below = || media.schema.properties.values().find_map(|shape| known(shape));
        known(&media.schema).or_else(below)
    })
}

/// Registers with those wishes; one by one when all together are refused. The account and what it was
/// given leave to ask for; `None` when every wish is refused.
fn granted<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    desk: &Desk<'_>,
    wishes: Wishes,
) -> Result<Option<(Account<'t>, Wishes)>, Step> {
    let (person, reply) = accounts::register(ctx, tape, desk, "first", &wishes)?;
    if accepted(reply.answer()) {
        return Ok(Some((accounts::enter(ctx, tape, desk, person, reply)?, wishes)));
    }
    let mut failed = reply.status >= 500;
    for (name, wish) in wishes.into_iter().take(ALONE_MAX) {
        let one: Wishes = [(name.clone(), wish)].into_iter().collect();
        let (person, reply) = accounts::register(ctx, tape, desk, &format!("with {name}"), &one)?;
        if accepted(reply.answer()) {
            return Ok(Some((accounts::enter(ctx, tape, desk, person, reply)?, one)));
        }
        failed |= reply.status >= 500;
    }
    if failed {
        let because = "the server falls over what it does not expect";
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok(None)
}

/// What an account shows of what it asked for, where the ordinary one shows less.
fn risen(natural: &[Sight], shown: &[Sight], wishes: &Wishes) -> Vec<Risen> {
    let pairs = shown.iter().filter_map(|sight| {
        let before = natural.iter().find(|before| before.place == sight.place)?;
        Some((before, sight))
    });
    let mut found: Vec<Risen> = Vec::new();
    for (before, sight) in pairs {
        for (name, value) in &sight.rights {
            let Some(natural) = before.rights.get(name).filter(|natural| *natural != value) else {
                continue;
            };
            let asked = wishes.values().any(|wish| wish == value || is_among(value, wish));
            let known = found.iter().any(|risen| risen.name == *name);
            if asked && !known {
                found.push(Risen {
                    name: name.clone(),
                    natural: natural.clone(),
                    value: value.clone(),
                    place: sight.place.clone(),
                });
            }
        }
    }
    found
}

fn is_among(list: &Value, wish: &Value) -> bool {
    list.as_array().is_some_and(|items| items.contains(wish))
}

/// A read of administrators that the ordinary account is turned away from.
fn open_question(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    control: &Account<'_>,
) -> Result<Option<Request>, Step> {
    if control.session.is_none() {
        return Ok(None);
    }
    for door in closed_doors(ctx) {
        let reply = tape.send(control.speaking(door.clone()))?;
        // 401 would say that the session is none.
        if reply.status == 403 && turns_away(reply.answer()) {
            return Ok(Some(door.by(Who::Nobody)));
        }
    }
    Ok(None)
}

/// Whether the account is let in where the ordinary one was turned away.
fn passes(
    tape: &mut Tape<'_>,
    account: &Account<'_>,
    door: Option<&Request>,
) -> Result<Option<usize>, Step> {
    let Some(door) = door.filter(|_| account.session.is_some()) else { return Ok(None) };
    let reply = tape.send(account.speaking(door.clone()))?;
    Ok((!refuses(reply.answer())).then_some(reply.index))
}

fn proof(
    desk: &Desk<'_>,
    risen: &[Risen],
    held: &[Risen],
    wishes: &Wishes,
    opened: Option<&Request>,
) -> Proof {
    let sure = !held.is_empty() || opened.is_some();
    let (told, confidence) =
        if sure { (held, Confidence::Confirmed) } else { (risen, Confidence::Tentative) };
    // A right that the description offers to everybody may be meant to be theirs.
    let offers = |risen: &Risen| offered(desk, &risen.name).is_some_and(|schema| !schema.read_only);
    let confidence = if sure && !told.is_empty() && told.iter().all(offers) {
        Confidence::Firm
    } else {
        confidence
    };
    let worth = told.iter().filter_map(|risen| decides(&risen.name)).max();
    let severity =
        if opened.is_some() { Severity::Critical } else { worth.unwrap_or(Severity::High) };
    let mut names: Vec<&str> = told.iter().map(|risen| &*risen.name).collect();
    if names.is_empty() {
        names = wishes.keys().map(String::as_str).collect();
    }
    let names = names.join(", ");
    let summary = format!("whoever registers may set {names} for itself");
    let mut proof = Proof::new(severity, confidence, summary).about(names);
    for Risen { name, natural, value, place } in told {
        proof = proof.because(format!(
            "an ordinary registration has `{name}` {natural}; one that asked for more has {value}, as `{place}` shows"
        ));
    }
    if let Some(door) = opened {
        proof = proof.because(format!(
            "`{}` turns the ordinary account away and lets in both accounts that asked for more",
            door.path()
        ));
    }
    proof.because(if sure {
        "two accounts were registered so, both with the same result"
    } else {
        "a second account that was registered so did not have it"
    })
}
