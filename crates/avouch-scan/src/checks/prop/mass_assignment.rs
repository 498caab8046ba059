//! PROP-06: whoever creates an object may set properties that the server should decide.

use super::assigning::{Trial, injected, proof};
use super::privileged::{candidates, is_shown, offers};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::{self, Draft, Recipe};
use crate::oracle::administrative::mark;
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;
use serde_json::Value;

/// PROP-06
pub(super) const CHECK: Check = Check {
    id: "PROP-06",
    name: "mass-assignment-on-create",
    title: "Properties that the server should decide can be set on creation",
    family: Family::Prop,
    severity: Severity::High,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Contrast, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[Need::OneIdentity],
    scope: Scope::Operation,
    cwe: Cwe(915),
    owasp: &[Owasp::Api(3)],
    criteria: &["CC6.3", "PI1.2"],
    page: include_str!("mass_assignment.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        // What administrators make is another question.
        operation.method == Method::Post
            && mark(operation).is_none()
            && objects::recipe_of_create(ctx, operation).is_some()
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(recipe) = objects::recipe_of_create(ctx, ctx.operation()?) else {
        return Ok(Verdict::NotApplicable);
    };
    if recipe.media.schema.cut.is_some() || offers(recipe.media).is_empty() {
        return Ok(Verdict::inconclusive("it is not described what creating offers"));
    }
    if is_shown(ctx, recipe) && candidates(ctx, recipe, &[recipe.media], None).is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let (natural, shown) = control(ctx, tape, recipe)?;
    let candidates = candidates(ctx, recipe, &[recipe.media], Some(&shown));
    let trials: Vec<Trial> =
        candidates.into_iter().filter_map(|property| Trial::new(ctx, property, &shown)).collect();
    if trials.is_empty() {
        return Ok(Verdict::inconclusive("no property that could be tried is shown on reading"));
    }
    judge(ctx, tape, recipe, &natural, trials)
}

/// What the server chooses by itself: an object made as described, read back.
fn control<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
) -> Result<(Reply<'t>, Value), Step> {
    match attempt(ctx, tape, recipe, &[], "control")? {
        Attempt::Made(made) if !made.record.is_null() => Ok((made.read, made.record)),
        Attempt::Made(_) => Err(Step::inconclusive("what was created is not shown")),
        Attempt::Refused(reply) => {
            let because = format!("an object as described could not be created: {}", reply.status);
            Err(Step::inconclusive(because))
        }
    }
}

/// What came of a creation.
enum Attempt<'t> {
    /// It was refused.
    Refused(Reply<'t>),
    /// It went through, and this is what reading it showed.
    Made(Object<'t>),
}

/// An object with what an independent read shows of it.
struct Object<'t> {
    created: Reply<'t>,
    read: Reply<'t>,
    record: Value,
}

/// Makes an object with these properties besides, and reads it on its own.
fn attempt<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
    besides: &[(&str, &Value)],
    label: &str,
) -> Result<Attempt<'t>, Step> {
    let who = ctx.anyone().unwrap_or(Who::A);
    let Draft { mut body, marker, .. } = objects::draft(ctx, recipe, who, label)?;
    for (name, value) in besides {
        if let Some(members) = body.as_object_mut() {
            members.insert((*name).to_owned(), (*value).clone());
        }
    }
    let created = tape.send(objects::creation(ctx, recipe, who, &body, &marker)?)?;
    if (400..500).contains(&created.status)
        || created.is_success() && !objects::accepted(created.answer())
    {
        return Ok(Attempt::Refused(created));
    }
    let made = objects::find(ctx, tape, recipe, who, created, &body, &marker)?;
    let read = tape.send(made.read)?;
    if refuses(read.answer()) {
        return Err(Step::inconclusive(format!(
            "what was created cannot be read: {}",
            read.status
        )));
    }
    let record = objects::record_in(read.answer(), &made.id, &marker).unwrap_or_default();
    Ok(Attempt::Made(Object { created, read, record }))
}

fn judge(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    recipe: Recipe<'_>,
    natural: &Reply<'_>,
    trials: Vec<Trial>,
) -> Flow {
    let mut shown_by = Vec::new();
    let taken = taken(ctx, tape, recipe, trials, &mut shown_by)?;
    if taken.is_empty() {
        return Ok(Verdict::Pass);
    }
    let again = attempt(ctx, tape, recipe, &injected(&taken, true), "second")?;
    let mut sure: Vec<&Trial> = Vec::new();
    if let Attempt::Made(made) = &again {
        sure.extend(taken.iter().filter(|trial| trial.held(&made.record, true)));
        shown_by.extend([made.created.index, made.read.index]);
    }
    shown_by.push(natural.index);
    Ok(Verdict::fail(if sure.is_empty() {
        let all: Vec<&Trial> = taken.iter().collect();
        proof(&all, Confidence::Tentative, "creation").shown_by(shown_by)
    } else {
        proof(&sure, Confidence::Confirmed, "creation").shown_by(shown_by)
    }))
}

/// The trials that an object was made with and shows. All at once first; when that is refused one by
/// one, because a property whose value is checked must not hide another; and once more with values
/// that a refusal names.
fn taken(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    recipe: Recipe<'_>,
    trials: Vec<Trial>,
    shown_by: &mut Vec<usize>,
) -> Result<Vec<Trial>, Step> {
    let refusal = match attempt(ctx, tape, recipe, &injected(&trials, false), "first")? {
        Attempt::Made(made) => {
            shown_by.extend([made.created.index, made.read.index]);
            return Ok(trials.into_iter().filter(|t| t.held(&made.record, false)).collect());
        }
        Attempt::Refused(refusal) => refusal,
    };
    let alone = trials.len() == 1;
    let mut taken = Vec::new();
    for trial in trials {
        let name = trial.property.name.clone();
        let refusal = if alone {
            refusal
        } else {
            let one = injected(std::slice::from_ref(&trial), false);
            match attempt(ctx, tape, recipe, &one, &format!("only {name}"))? {
                Attempt::Made(made) => {
                    if trial.held(&made.record, false) {
                        shown_by.extend([made.created.index, made.read.index]);
                        taken.push(trial);
                    }
                    continue;
                }
                Attempt::Refused(refusal) => refusal,
            }
        };
        let Some(taught) = trial.taught(refusal.answer()) else { continue };
        let one = injected(std::slice::from_ref(&taught), false);
        let attempt = attempt(ctx, tape, recipe, &one, &format!("taught {name}"))?;
        if let Attempt::Made(made) = attempt
            && taught.held(&made.record, false)
        {
            shown_by.extend([made.created.index, made.read.index]);
            taken.push(taught);
        }
    }
    Ok(taken)
}
