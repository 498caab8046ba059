//! Writes on an object that was made for the purpose, told by what its maker reads afterwards (O6).
//!
//! The status of a write says nothing here: only an independent reading by the maker does.

use super::kin::{Way, is_id};
use super::{Act, Draft, Made, draft, make, record_in};
use crate::bodies;
use crate::context::Context;
use crate::oracle::leaves::{leaves, leaves_of, plain_key};
use crate::oracle::markers::holds_marker;
use crate::oracle::refusal::refuses;
use crate::oracle::similarity::same_shape;
use crate::oracle::triad::uncached;
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::Method;
use avouch_model::schema::{Kind, Schema};
use avouch_model::verdict::Verdict;
use serde_json::{Map, Value};

/// An object of the scanner's own, as its maker reads it.
#[derive(Clone, Debug)]
pub struct Own<'t> {
    /// Who made it.
    pub who: Who,
    /// How it was made.
    pub made: Made<'t>,
    /// What was sent.
    pub draft: Draft,
    /// What the maker's reading shows of the marker.
    pub marker: String,
    /// The maker's reading.
    pub read: Reply<'t>,
    /// Whether it is read in a list.
    listed: bool,
}

/// Makes an object that the write can be tried on, and reads it.
///
/// # Errors
/// The next step; ends as inconclusive when it cannot be made, marked or read back.
pub fn own<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    act: &Act<'_>,
    who: Who,
    label: &str,
) -> Result<Own<'t>, Step> {
    let draft = draft(ctx, act.recipe, who, label)?;
    // Without room for a marker it is known by its id, and a change by a number.
    let plain = draft.field.is_none();
    if plain && act.operation.method != Method::Delete && number_of(act).is_none() {
        return Err(Step::inconclusive("the body has no free text for a marker, and no number"));
    }
    let made = make(ctx, tape, act.recipe, who, &draft.body, &draft.marker)?;
    if made.id.is_empty() {
        return Err(Step::inconclusive("the answer to the creation names no id"));
    }
    let read = tape.send(uncached(made.read.clone()))?;
    let by_id = || {
        let there = plain && record_in(read.answer(), &made.id, "").is_some();
        there.then(|| draft.marker.clone())
    };
    let shown = draft.shown_in(read.answer()).or_else(by_id);
    match shown.filter(|_| !refuses(read.answer())) {
        Some(marker) => {
            let listed = act.recipe.way == Way::List;
            Ok(Own { who, made, draft, marker, read, listed })
        }
        None => Err(Step::inconclusive("what was made cannot be read back with its marker")),
    }
}

/// A write to be tried, and what it leaves when it takes effect.
#[derive(Clone, Debug)]
pub struct Write {
    request: Request,
    /// What is there afterwards; `None` when the object is gone.
    leaves: Option<String>,
    /// The property that is written to.
    field: String,
    /// What is written to it, where it is a number.
    number: Option<u64>,
}

impl Write {
    /// The write of that operation on the object, with a marker of its own.
    ///
    /// # Errors
    /// Ends as inconclusive when its body cannot be made up or has no room for a marker.
    pub fn new(ctx: &Context<'_>, act: &Act<'_>, own: &Own<'_>, label: &str) -> Result<Self, Step> {
        let request = act.request(ctx, &own.made)?;
        if act.operation.method == Method::Delete {
            let body = identified(act, own, Map::new());
            let request = if body.is_empty() { request } else { request.json(&body.into()) };
            return Ok(Self { request, leaves: None, field: String::new(), number: None });
        }
        let marker = ctx.nonces.canary(label);
        let written = match &own.draft.field {
            None => numbered_body(ctx, act, own, label)
                .map(|(body, field, number)| (body, field, Some(number))),
            Some(field) => changed_body(ctx, act, own, &marker, field.clone(), label)
                .map(|(body, field)| (body, field, None)),
        };
        let no_room = "the change has no free text for a marker, and no other number";
        let (body, field, number) = written.ok_or_else(|| Step::inconclusive(no_room))?;
        let request = request.json(&identified(act, own, body).into());
        Ok(Self { request, leaves: Some(marker), field, number })
    }

    /// Whether it removes.
    pub fn removes(&self) -> bool {
        self.leaves.is_none()
    }

    /// What a change leaves to be found; empty for a removal.
    pub fn marker(&self) -> &str {
        self.leaves.as_deref().unwrap_or_default()
    }

    /// The write by somebody.
    pub fn by(&self, who: Who) -> Request {
        self.request.clone().by(who)
    }
}

/// What the maker's reading says of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It took effect.
    Took,
    /// The object is as it was.
    None,
    /// The reading cannot tell.
    Unclear,
}

/// Reads the object as its maker and says whether the write took effect, given the reading before.
///
/// # Errors
/// The next step.
pub fn effect<'t>(
    tape: &mut Tape<'t>,
    own: &Own<'_>,
    write: &Write,
    before: &Answer,
) -> Result<(Effect, Reply<'t>), Step> {
    let read = tape.send(uncached(own.made.read.clone()))?;
    let effect = match &write.leaves {
        Some(marker) => changed(read.answer(), own, write, marker, before),
        None => gone(read.answer(), own, before),
    };
    Ok((effect, read))
}

/// A write by somebody else did nothing: that counts only while the same write works for the maker.
///
/// # Errors
/// The next step.
pub fn works_for_maker(tape: &mut Tape<'_>, own: &Own<'_>, write: &Write) -> Flow {
    let sent = tape.send(write.by(own.who))?;
    let (took, _) = effect(tape, own, write, own.read.answer())?;
    Ok(if took == Effect::Took {
        Verdict::Pass
    } else {
        Verdict::inconclusive(format!("not even its maker could do it: {}", sent.status))
    })
}

fn changed(answer: &Answer, own: &Own<'_>, write: &Write, marker: &str, before: &Answer) -> Effect {
    if refuses(answer) {
        return Effect::Unclear;
    }
    if let Some(number) = write.number {
        let held = |answer: &Answer| numbers(answer, own, &write.field).contains(&number);
        return if held(answer) && !held(before) { Effect::Took } else { Effect::None };
    }
    // A masked property shows that it is another one, not which.
    let field = own.draft.field.as_ref().filter(|field| **field == write.field);
    let masked = field.filter(|_| own.marker != own.draft.marker).is_some_and(|field| {
        let values = |answer: &Answer| -> Vec<String> {
            let found = leaves(answer).into_iter().filter(|leaf| leaf.key() == plain_key(field));
            found.map(|leaf| leaf.value).collect()
        };
        values(answer) != values(before)
    });
    if holds_marker(answer, marker) || masked { Effect::Took } else { Effect::None }
}

/// The numbers that the object holds under that name.
fn numbers(answer: &Answer, own: &Own<'_>, field: &str) -> Vec<u64> {
    let record = record_in(answer, &own.made.id, "").unwrap_or_default();
    let found = leaves_of(&record).into_iter().filter(|leaf| leaf.key() == plain_key(field));
    found.filter_map(|leaf| leaf.value.parse().ok()).collect()
}

/// The number of a change that says nothing of rights and refers to nothing: a quantity, a rating.
fn number_of<'a>(act: &Act<'a>) -> Option<(&'a str, &'a Schema)> {
    let media = act.operation.body.iter().find(|media| media.media_type.contains("json"))?;
    let mut all = media.schema.properties.iter().filter(|(name, schema)| {
        let plain = schema.kinds == [Kind::Integer] && schema.allowed.is_empty();
        plain && !schema.read_only && !is_id(name) && !plain_key(name).ends_with("id")
    });
    let wanted = ["quantity", "qty", "count", "amount", "rating", "stars", "score", "number"];
    let best = all.clone().find(|(name, _)| wanted.contains(&plain_key(name).as_str()));
    best.or_else(|| all.next()).map(|(name, schema)| (name.as_str(), &**schema))
}

/// A body for a change: what the object holds already, with another number in one place.
fn numbered_body(
    ctx: &Context<'_>,
    act: &Act<'_>,
    own: &Own<'_>,
    label: &str,
) -> Option<(Map<String, Value>, String, u64)> {
    let media = act.operation.body.iter().find(|media| media.media_type.contains("json"))?;
    let (field, schema) = number_of(act)?;
    let salt = ctx.nonces.number(&format!("salt {label}"), 1, u64::from(u32::MAX));
    let body = bodies::body_for(media, salt)?;
    let mut body = body.as_object()?.clone();
    let record = record_in(own.read.answer(), &own.made.id, "").unwrap_or_default();
    for (name, value) in &mut body {
        if let Some(there) = known(&record, &own.draft.body, name) {
            *value = there;
        }
    }
    // Small, because it may be paid for.
    let most = if schema.maximum.is_some_and(|most| most < 9.0) { 3 } else { 9 };
    let there = numbers(own.read.answer(), own, field);
    let offered = (0..8).map(|n| ctx.nonces.number(&format!("number {label} {n}"), 2, most));
    let number = offered.into_iter().find(|number| !there.contains(number))?;
    body.insert(field.to_owned(), Value::from(number));
    Some((body, field.to_owned(), number))
}

/// Whether the object is gone, given the reading before. Its text may have been changed meanwhile, so
/// it is known by its id in a list and by its form at its own address.
fn gone(answer: &Answer, own: &Own<'_>, before: &Answer) -> Effect {
    match answer.status {
        404 | 410 => Effect::Took,
        200..=299 if refuses(answer) => Effect::Took,
        200..=299 => {
            let there = if own.listed {
                record_in(answer, &own.made.id, &own.marker).is_some()
            } else {
                same_shape(before, answer)
            };
            if there { Effect::None } else { Effect::Took }
        }
        _ => Effect::Unclear,
    }
}

/// A body for a change: what the object holds already, with the marker in one text.
fn changed_body(
    ctx: &Context<'_>,
    act: &Act<'_>,
    own: &Own<'_>,
    marker: &str,
    field: String,
    label: &str,
) -> Option<(Map<String, Value>, String)> {
    let media = act.operation.body.iter().find(|media| media.media_type.contains("json"));
    let Some(media) = media.filter(|media| media.schema.cut.is_none()) else {
        // Nothing is said of what it takes: what creating took is the best guess.
        let mut body = own.draft.body.as_object()?.clone();
        if act.operation.method == Method::Patch {
            body.clear();
        }
        body.insert(field.clone(), marker.into());
        return Some((body, field));
    };
    let salt = ctx.nonces.number(&format!("salt {label}"), 1, u64::from(u32::MAX));
    let offered =
        media.schema.properties.contains_key(&field) || media.schema.properties.is_empty();
    let (body, field) = if offered {
        let body = bodies::body_for(media, salt).unwrap_or_else(|| Value::Object(Map::new()));
        (body, field)
    } else {
        bodies::marked(media, marker, salt, "")?
    };
    let mut body = body.as_object()?.clone();
    let record = record_in(own.read.answer(), &own.made.id, &own.marker).unwrap_or_default();
    for (name, value) in &mut body {
        if let Some(there) = known(&record, &own.draft.body, name) {
            *value = there;
        }
    }
    body.insert(field.clone(), marker.into());
    Some((body, field))
}

/// What the object holds under that name: as sent when it was made, else as read.
fn known(record: &Value, sent: &Value, name: &str) -> Option<Value> {
    let key = plain_key(name);
    let top = |json: &Value| {
        let members = json.as_object()?;
        members.iter().find(|(n, _)| plain_key(n) == key).map(|(_, value)| value.clone())
    };
    let inner = || record.as_object()?.values().find_map(top);
    top(sent).or_else(|| top(record)).or_else(inner).filter(|value| !value.is_null())
}

/// The body with the object's id where the operation wants it there.
fn identified(act: &Act<'_>, own: &Own<'_>, mut body: Map<String, Value>) -> Map<String, Value> {
    let wanted = match act.way {
        Way::Body(name) => Some(name),
        Way::Path(name) | Way::Query(name) => body.contains_key(name).then_some(name),
        Way::List => None,
    };
    let alike = body.contains_key("id").then_some("id");
    // A number stays a number.
    let record = record_in(own.read.answer(), &own.made.id, &own.marker).unwrap_or_default();
    let number = record.to_string().contains(&format!(":{}", own.made.id));
    let id = match own.made.id.parse::<u64>() {
        Ok(id) if number => Value::from(id),
        _ => Value::from(own.made.id.clone()),
    };
    for name in wanted.into_iter().chain(alike) {
        body.insert(name.to_owned(), id.clone());
    }
    body
}
