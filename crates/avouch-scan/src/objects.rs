//! Objects of the scanner's own: made, marked, found again, and known to the clean-up.

use crate::context::Context;
use crate::corpus::Binding;
use crate::links;
use crate::oracle::leaves::plain_key;
use crate::oracle::refusal::is_error_envelope;
use crate::step::{Creation, Request, Step};
use crate::tape::{Reply, Tape};
use avouch_catalog::values::value_for;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation, Place};
use avouch_model::placeholder::Placeholder;
use avouch_model::verdict::Verdict;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What a path segment may hold unescaped (RFC 3986, unreserved).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Words of operations that move money, write to people or let them in: nothing is created there.
const UNWANTED: [&str; 18] = [
    "pay",
    "payment",
    "charge",
    "transfer",
    "withdraw",
    "withdrawal",
    "refund",
    "payout",
    "invite",
    "invitation",
    "email",
    "sms",
    "send",
    "login",
    "signup",
    "register",
    "session",
    "token",
];

/// A kind of object that can be made and read again.
#[derive(Clone, Copy, Debug)]
pub struct Recipe<'a> {
    /// The POST on the collection.
    pub create: &'a Operation,
    /// The GET of one item.
    pub item: &'a Operation,
    /// What it takes.
    pub media: &'a Media,
}

/// An object that was made.
#[derive(Clone, Debug)]
pub struct Made<'t> {
    /// The answer to the creation.
    pub reply: Reply<'t>,
    /// Reads the object.
    pub read: Request,
}

/// How objects that this operation reads are made: a POST with a JSON body on its collection.
pub fn recipe_of_item<'a>(ctx: &Context<'a>, item: &'a Operation) -> Option<Recipe<'a>> {
    let parameter = item.path_parameters().last()?;
    let collection = item.path.strip_suffix(&format!("/{{{parameter}}}"))?;
    let create = find(ctx, &Method::Post, collection)?;
    recipe(create, item)
}

/// How what this operation makes is read: a GET one parameter below it.
pub fn recipe_of_create<'a>(ctx: &Context<'a>, create: &'a Operation) -> Option<Recipe<'a>> {
    let item = ctx.catalog.operations.iter().find(|item| {
        let below = item.path.strip_prefix(create.path.as_str()).and_then(|r| r.strip_prefix("/{"));
        let name = below.and_then(|rest| rest.strip_suffix('}'));
        item.method == Method::Get && name.is_some_and(|name| !name.contains(['/', '{']))
    })?;
    recipe(create, item)
}

fn recipe<'a>(create: &'a Operation, item: &'a Operation) -> Option<Recipe<'a>> {
    let media = create.body.iter().find(|media| media.media_type.contains("json"))?;
    let mut words = create.path.split(['/', '-', '_']);
    let unwanted =
        words.any(|word| UNWANTED.contains(&links::singular(&word.to_ascii_lowercase()).as_str()));
    (create.method == Method::Post && !unwanted).then_some(Recipe { create, item, media })
}

fn find<'a>(ctx: &Context<'a>, method: &Method, path: &str) -> Option<&'a Operation> {
    ctx.catalog.operations.iter().find(|o| o.method == *method && o.path == path)
}

/// Makes an object and learns where it is.
///
/// # Errors
/// The next step; ends as inconclusive when the creation is refused or names no id.
pub fn make<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
    who: Who,
    body: &Value,
    marker: &str,
) -> Result<Made<'t>, Step> {
    let reply = tape.send(creation(ctx, recipe, who, body, marker)?)?;
    if !accepted(reply.answer()) {
        return Err(inconclusive(format!("{who} could not create an object: {}", reply.status)));
    }
    let Some(read) = read_of(ctx, recipe, who, reply.answer())? else {
        return Err(inconclusive("the answer to the creation names no id".to_owned()));
    };
    Ok(Made { reply, read })
}

/// The request that reads what was just created; `None` when the answer names no id.
///
/// # Errors
/// Ends as inconclusive when a parent's id in the path is not known.
pub fn read_of(
    ctx: &Context<'_>,
    recipe: Recipe<'_>,
    who: Who,
    created: &Answer,
) -> Result<Option<Request>, Step> {
    let parameter = recipe.item.path_parameters().last().unwrap_or_default();
    let path = collection_path(ctx, recipe, who)?;
    let id = new_id(created, parameter, &recipe.create.path).filter(|_| accepted(created));
    Ok(id.map(|id| Request::read(format!("{path}/{}", in_path(&id))).by(who)))
}

/// Whether a creation went through.
pub fn accepted(answer: &Answer) -> bool {
    answer.is_success() && !answer.json().is_some_and(|json| is_error_envelope(&json))
}

/// The request that creates, known to the clean-up.
///
/// # Errors
/// Ends as inconclusive when a parent's id in the path is not known.
pub fn creation(
    ctx: &Context<'_>,
    recipe: Recipe<'_>,
    who: Who,
    body: &Value,
    marker: &str,
) -> Result<Request, Step> {
    let path = collection_path(ctx, recipe, who)?;
    let mut request = Request::new(Method::Post, path).json(body).by(who);
    for parameter in recipe.create.parameters.iter().filter(|p| p.required) {
        let value = text(&value_for(&parameter.name, &parameter.schema, 1));
        request = match parameter.place {
            Place::Query => request.query(&parameter.name, &value),
            Place::Header => request.header(&parameter.name, value),
            Place::Path | Place::Cookie => request,
        };
    }
    let remove = find(ctx, &Method::Delete, &recipe.item.path).map(|o| o.path.clone());
    request.creates =
        Some(Creation { by: recipe.create.id.clone(), remove, marker: marker.to_owned() });
    Ok(request)
}

/// The collection's path with the owner's own parents in it.
fn collection_path(ctx: &Context<'_>, recipe: Recipe<'_>, who: Who) -> Result<String, Step> {
    let known = ctx.corpus.of(&recipe.item.id, who).find(|sample| sample.success().is_some());
    let parents: &[Binding] = known.map(|sample| sample.bindings.as_slice()).unwrap_or_default();
    let mut path = ctx.path(&recipe.create.path);
    for name in recipe.create.path_parameters() {
        let Some(binding) = parents.iter().find(|binding| binding.parameter == name) else {
            return Err(inconclusive(format!("no value is known for `{name}` in the path")));
        };
        path = path.replace(&format!("{{{name}}}"), &in_path(&binding.value));
    }
    Ok(path)
}

fn inconclusive(because: String) -> Step {
    Step::Done(Verdict::inconclusive(because))
}

/// A value as it stands in a path. A placeholder stays as it is: the engine resolves it.
fn in_path(value: &str) -> String {
    match Placeholder::parse(value) {
        Some(_) => value.to_owned(),
        None => utf8_percent_encode(value, UNRESERVED).to_string(),
    }
}

/// The id of what was just created: named by the answer's body, or the end of its `Location`.
pub fn new_id(answer: &Answer, parameter: &str, collection: &str) -> Option<String> {
    let json = answer.json().unwrap_or_default();
    let resource = links::singular(collection.rsplit('/').next().unwrap_or_default());
    let names = [plain_key(parameter), format!("{}id", plain_key(&resource))];
    let strict = |record: &Value| -> Option<String> {
        let members = record.as_object()?;
        let names = names.iter().map(String::as_str).chain(["id", "uuid", "guid"]);
        names.into_iter().find_map(|name| {
            let (_, value) = members.iter().find(|(key, _)| plain_key(key) == name)?;
            Some(text(value)).filter(|text| !text.is_empty())
        })
    };
    let inner = || json.as_object().into_iter().flat_map(|members| members.values());
    strict(&json)
        .or_else(|| inner().find_map(strict))
        .or_else(|| {
            let place = answer.headers.first("location")?;
            let path = place.split(['?', '#']).next()?.trim_end_matches('/');
            let (before, last) = path.rsplit_once('/')?;
            let fits = before.rsplit('/').next() == collection.rsplit('/').next();
            (fits && !last.is_empty()).then(|| last.to_owned())
        })
        .or_else(|| links::own_id(&json, parameter, collection))
        .or_else(|| Some(text(&json)).filter(|text| !text.is_empty()))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn the_new_id_is_learnt_from_body_or_location() {
        let id = |body: &str| new_id(&answer(201, body), "orderId", "/v1/orders");
        assert_eq!(id(r#"{"id": 7}"#).as_deref(), Some("7"));
        assert_eq!(id(r#"{"code": 201, "data": {"order_id": "x"}}"#).as_deref(), Some("x"));
        assert_eq!(id(r#"{"status": "ok"}"#), None);
        let mut located = answer(201, "");
        located.headers.0.push(("location".into(), "http://t/v1/orders/91?x=1".into()));
        assert_eq!(new_id(&located, "orderId", "/v1/orders").as_deref(), Some("91"));
    }
}
