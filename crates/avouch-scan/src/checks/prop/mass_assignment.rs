//! PROP-06: whoever creates an object may set properties that the server should decide.

use super::privileged::{Property, candidates};
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::{self, Draft, Recipe};
use crate::oracle::refusal::refuses;
use crate::step::Step;
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::Value;

/// LIMIT: envelopes around a record that are looked into.
const ENVELOPES_MAX: usize = 2;

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
        operation.method == Method::Post && objects::recipe_of_create(ctx, operation).is_some()
    })
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let Some(recipe) = objects::recipe_of_create(ctx, ctx.operation()?) else {
        return Ok(Verdict::NotApplicable);
    };
    let schema = &recipe.media.schema;
    if schema.cut.is_some() || schema.properties.is_empty() {
        return Ok(Verdict::inconclusive("it is not described what creating offers"));
    }
    let candidates = candidates(ctx, recipe);
    if candidates.is_empty() {
        return Ok(Verdict::NotApplicable);
    }
    let (natural, shown) = control(ctx, tape, recipe)?;
    let trials: Vec<Trial> =
        candidates.into_iter().filter_map(|property| Trial::new(ctx, property, &shown)).collect();
    if trials.is_empty() {
        return Ok(Verdict::inconclusive("no property that could be tried is shown on reading"));
    }
    judge(ctx, tape, recipe, &natural, trials)
}

/// A property with its natural value and the two that are tried.
struct Trial {
    property: Property,
    natural: Value,
    values: [Value; 2],
}

impl Trial {
    fn new(ctx: &Context<'_>, property: Property, shown: &Value) -> Option<Self> {
        let natural = field(shown, &property.name, ENVELOPES_MAX)?.clone();
        let values = property.values(&ctx.nonces, &natural)?;
        Some(Self { property, natural, values })
    }
}

/// The property of that name in a record or in an envelope around one.
fn field<'v>(json: &'v Value, name: &str, depth: usize) -> Option<&'v Value> {
    let members = json.as_object()?;
    members.get(name).or_else(|| {
        let inner = members.values().filter(|_| depth > 0);
        inner.into_iter().find_map(|value| field(value, name, depth - 1))
    })
}

/// What the server chooses by itself: an object made as described, read back.
fn control<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
) -> Result<(Reply<'t>, Value), Step> {
    let (_, read, record) = made(ctx, tape, recipe, &[], "control")?;
    if refuses(read.answer()) || record.is_null() {
        let because = format!("what was created cannot be read: {}", read.status);
        return Err(Step::Done(Verdict::inconclusive(because)));
    }
    Ok((read, record))
}

/// Makes an object with these properties besides, and reads it on its own.
fn made<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
    injected: &[(&str, &Value)],
    label: &str,
) -> Result<(Reply<'t>, Reply<'t>, Value), Step> {
    let who = ctx.anyone().unwrap_or(Who::A);
    let (body, marker) = body(ctx, recipe, injected, label)?;
    let made = objects::make(ctx, tape, recipe, who, &body, &marker)?;
    let read = tape.send(made.read)?;
    let record = objects::record_in(read.answer(), &made.id, &marker).unwrap_or_default();
    Ok((made.reply, read, record))
}

fn body(
    ctx: &Context<'_>,
    recipe: Recipe<'_>,
    injected: &[(&str, &Value)],
    label: &str,
) -> Result<(Value, String), Step> {
    let who = ctx.anyone().unwrap_or(Who::A);
    let Some(Draft { mut body, marker, .. }) = objects::draft(ctx, recipe, who, label) else {
        return Err(Step::Done(Verdict::inconclusive("no body could be made up")));
    };
    for (name, value) in injected {
        if let Some(members) = body.as_object_mut() {
            members.insert((*name).to_owned(), (*value).clone());
        }
    }
    Ok((body, marker))
}

fn judge(
    ctx: &Context<'_>,
    tape: &mut Tape<'_>,
    recipe: Recipe<'_>,
    natural: &Reply<'_>,
    trials: Vec<Trial>,
) -> Flow {
    let who = ctx.anyone().unwrap_or(Who::A);
    let first: Vec<(&str, &Value)> =
        trials.iter().map(|t| (&*t.property.name, &t.values[0])).collect();
    let (body, marker) = body(ctx, recipe, &first, "first")?;
    let probe = objects::creation(ctx, recipe, who, &body, &marker)?;
    let created = tape.send(probe)?;
    if (400..500).contains(&created.status)
        || created.is_success() && !objects::accepted(created.answer())
    {
        // The same body without them went through: they are refused.
        return Ok(Verdict::Pass);
    }
    let made = objects::find(ctx, tape, recipe, who, created, &body, &marker)?;
    let read = tape.send(made.read)?;
    if refuses(read.answer()) {
        return Ok(Verdict::inconclusive(format!("it cannot be read back: {}", read.status)));
    }
    let held = |trial: &Trial, record: &Value, n: usize| {
        let there = field(record, &trial.property.name, ENVELOPES_MAX);
        there.zip(trial.values.get(n)).is_some_and(|(there, sent)| same(there, sent))
    };
    let record = objects::record_in(read.answer(), &made.id, &marker).unwrap_or_default();
    let taken: Vec<Trial> = trials.into_iter().filter(|trial| held(trial, &record, 0)).collect();
    if taken.is_empty() {
        return Ok(Verdict::Pass);
    }
    let second: Vec<(&str, &Value)> =
        taken.iter().map(|t| (&*t.property.name, &t.values[1])).collect();
    let (again, reread, record) = self::made(ctx, tape, recipe, &second, "second")?;
    let sure: Vec<&Trial> = taken.iter().filter(|trial| held(trial, &record, 1)).collect();
    let shown_by = [created.index, read.index, again.index, reread.index, natural.index];
    Ok(if sure.is_empty() {
        Verdict::fail(
            proof(&taken.iter().collect::<Vec<_>>(), Confidence::Tentative).shown_by(shown_by),
        )
    } else {
        Verdict::fail(proof(&sure, Confidence::Confirmed).shown_by(shown_by))
    })
}

/// Whether a value read back is the one that was sent; `12` and `12.0` and `"12"` are.
fn same(there: &Value, sent: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    there == sent
        || number(there).zip(number(sent)).is_some_and(|(a, b): (f64, f64)| (a - b).abs() < 1e-9)
}

fn proof(taken: &[&Trial], confidence: Confidence) -> Proof {
    let severity = taken.iter().map(|t| t.property.severity).max().unwrap_or(Severity::Low);
    let names: Vec<&str> = taken.iter().map(|t| &*t.property.name).collect();
    let names = names.join(", ");
    let summary = format!("an ordinary creation set {names}, which it does not offer");
    let mut proof = Proof::new(severity, confidence, summary).about(names);
    for Trial { property, natural, values } in taken {
        let [one, two] = values;
        let name = &property.name;
        proof = proof.because(match confidence {
            Confidence::Confirmed => format!(
                "`{name}` is {natural} by itself; sent as {one} and then as {two}, an independent read showed the same each time"
            ),
            _ => format!("`{name}` is {natural} by itself; sent as {one}, it was read back once of two times"),
        });
    }
    proof.because("the description offers none of them on creation")
}
