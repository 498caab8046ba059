//! PROP-07: whoever changes an object may set properties that the server should decide.

use super::assigning::{Trial, injected, proof};
use super::privileged::{candidates, offers};
use crate::bodies;
use crate::check::{Check, Family, Need, Oracle, Scope, Tier};
use crate::context::Context;
use crate::objects::{self, Draft, Made, accepted};
use crate::oracle::administrative::mark;
use crate::oracle::refusal::refuses;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Verdict;
use serde_json::{Map, Value, json};

/// PROP-07
pub(super) const CHECK: Check = Check {
    id: "PROP-07",
    name: "mass-assignment-on-update",
    title: "Properties that the server should decide can be set by a change",
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
    page: include_str!("mass_assignment_update.md"),
    applies,
    run,
};

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        // What administrators change is another question.
        matches!(operation.method, Method::Put | Method::Patch)
            && mark(operation).is_none()
            && objects::act(ctx, operation).is_some()
    })
}

/// How an object is changed.
struct Change<'a, 't> {
    media: Option<&'a Media>,
    request: Request,
    made: Made<'t>,
    marker: String,
    record: Value,
    salt: u64,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let operation = ctx.operation()?;
    let Some(act) = objects::act(ctx, operation) else { return Ok(Verdict::NotApplicable) };
    let who = ctx.anyone().unwrap_or(Who::A);
    let media = operation.body.iter().find(|media| media.media_type.contains("json"));
    if media.is_some_and(|media| media.schema.cut.is_some()) {
        return Ok(Verdict::inconclusive("it is not described what a change offers"));
    }
    let Draft { body, marker, .. } = objects::draft(ctx, act.recipe, who, "object")?;
    let made = objects::make(ctx, tape, act.recipe, who, &body, &marker)?;
    let natural = tape.send(made.read.clone())?;
    let record = objects::record_in(natural.answer(), &made.id, &marker).unwrap_or_default();
    if refuses(natural.answer()) || record.is_null() {
        let because = format!("what was created cannot be read: {}", natural.status);
        return Ok(Verdict::inconclusive(because));
    }
    let offered: Vec<&Media> = media.into_iter().chain([act.recipe.media]).collect();
    let mut found = candidates(ctx, act.recipe, &offered, Some(&record));
    if media.is_none_or(|media| offers(media).is_empty()) {
        // What is described nowhere may well be meant to be set, unless it is about rights or money.
        found.retain(|property| property.severity == Severity::High);
    }
    let trials: Vec<Trial> =
        found.into_iter().filter_map(|property| Trial::new(ctx, property, &record)).collect();
    if trials.is_empty() {
        return Ok(Verdict::inconclusive("no property that could be tried is shown on reading"));
    }
    let request = act.request(ctx, &made)?;
    let salt = ctx.nonces.number("change", 1, u64::from(u32::MAX));
    let change = Change { media, request: request.by(who), made, marker, record, salt };
    judge(tape, &change, natural.index, trials)
}

impl<'t> Change<'_, 't> {
    /// The request that changes what the operation offers to what it is already, and these besides.
    fn with(&self, besides: &[(&str, &Value)]) -> Request {
        let request = self.request.clone();
        let kind = self.media.map_or("application/json", |media| &media.media_type);
        let body = if kind.contains("json-patch") {
            let steps = besides.iter().map(
                |(name, value)| json!({"op": "replace", "path": format!("/{name}"), "value": value}),
            );
            Value::Array(steps.collect())
        } else {
            Value::Object(self.members(besides))
        };
        request.json(&body).header("content-type", kind)
    }

    fn members(&self, besides: &[(&str, &Value)]) -> Map<String, Value> {
        let inner = self.record.as_object().into_iter().flat_map(Map::values);
        let inner = inner.filter(|value| value.is_object());
        let records: Vec<&Value> = std::iter::once(&self.record).chain(inner).collect();
        let there = |name: &str| records.iter().find_map(|record| record.get(name)).cloned();
        let made = self.media.and_then(|media| bodies::body_for(media, self.salt));
        let mut members = made.and_then(|body| body.as_object().cloned()).unwrap_or_default();
        for (name, value) in &mut members {
            if let Some(there) = there(name) {
                *value = there;
            }
        }
        let whole = members.is_empty() && self.request.method == Method::Put;
        if let Some(record) = self.record.as_object().filter(|_| whole) {
            members.extend(record.clone());
        }
        members.extend(besides.iter().map(|(name, value)| ((*name).to_owned(), (*value).clone())));
        members
    }

    /// Sends the change and reads the object.
    fn attempt(
        &self,
        tape: &mut Tape<'t>,
        besides: &[(&str, &Value)],
    ) -> Result<Attempt<'t>, Step> {
        let changed = tape.send(self.with(besides))?;
        if changed.status >= 500 || (300..400).contains(&changed.status) {
            return Err(Step::inconclusive(format!("the change was answered {}", changed.status)));
        }
        if !accepted(changed.answer()) {
            return Ok(Attempt::Refused(changed));
        }
        let read = tape.send(self.made.read.clone())?;
        if refuses(read.answer()) {
            return Err(Step::inconclusive(format!(
                "what was changed cannot be read: {}",
                read.status
            )));
        }
        let record = objects::record_in(read.answer(), &self.made.id, &self.marker);
        let record = record.unwrap_or_default();
        Ok(Attempt::Changed { record, shown_by: [changed.index, read.index] })
    }
}

/// What came of a change.
enum Attempt<'t> {
    /// It was refused.
    Refused(Reply<'t>),
    /// It went through, and this is what reading the object showed.
    Changed { record: Value, shown_by: [usize; 2] },
}

fn judge<'t>(
    tape: &mut Tape<'t>,
    change: &Change<'_, 't>,
    natural: usize,
    trials: Vec<Trial>,
) -> Flow {
    let mut decisive = Vec::new();
    let taken = match change.attempt(tape, &injected(&trials, false))? {
        Attempt::Changed { record, shown_by } => {
            decisive.extend(shown_by);
            trials.into_iter().filter(|trial| trial.held(&record, false)).collect()
        }
        Attempt::Refused(refusal) => one_by_one(tape, change, trials, refusal, &mut decisive)?,
    };
    if taken.is_empty() {
        return Ok(Verdict::Pass);
    }
    let mut sure: Vec<&Trial> = Vec::new();
    let again = change.attempt(tape, &injected(&taken, true))?;
    if let Attempt::Changed { record, shown_by } = again {
        sure.extend(taken.iter().filter(|trial| trial.held(&record, true)));
        decisive.extend(shown_by);
    }
    decisive.extend([change.made.reply.index, natural]);
    Ok(Verdict::fail(if sure.is_empty() {
        let all: Vec<&Trial> = taken.iter().collect();
        proof(&all, Confidence::Tentative, "change").shown_by(decisive)
    } else {
        proof(&sure, Confidence::Confirmed, "change").shown_by(decisive)
    }))
}

/// The trials that go through alone, where all together were refused; a change without any of them
/// must go through, or nothing can be said.
fn one_by_one<'t>(
    tape: &mut Tape<'t>,
    change: &Change<'_, 't>,
    trials: Vec<Trial>,
    first: Reply<'t>,
    decisive: &mut Vec<usize>,
) -> Result<Vec<Trial>, Step> {
    let empty = change.with(&[]).body.is_none_or(|body| body == "{}" || body == "[]");
    if !empty && matches!(change.attempt(tape, &[])?, Attempt::Refused(_)) {
        return Err(Step::inconclusive("an ordinary change is refused too"));
    }
    let alone = trials.len() == 1;
    let mut taken = Vec::new();
    for trial in trials {
        let mut outcome = Attempt::Refused(first);
        if !alone {
            outcome = change.attempt(tape, &injected(std::slice::from_ref(&trial), false))?;
        }
        let taught = match &outcome {
            Attempt::Refused(refusal) => trial.taught(refusal.answer()),
            Attempt::Changed { .. } => None,
        };
        let trial = match taught {
            None => trial,
            Some(taught) => {
                outcome = change.attempt(tape, &injected(std::slice::from_ref(&taught), false))?;
                taught
            }
        };
        if let Attempt::Changed { record, shown_by } = outcome
            && trial.held(&record, false)
        {
            decisive.extend(shown_by);
            taken.push(trial);
        }
    }
    Ok(taken)
}
