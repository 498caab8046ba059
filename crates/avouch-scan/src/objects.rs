//! Objects of the scanner's own: made, marked, found again, and known to the clean-up.
//!
//! In scope: what one POST with a JSON body makes, found again at an address of its own, by a
//! parameter of the query, by a link in the answer, or in a list. Out of scope: uploads, and what
//! moves money, writes to people or lets them in.

mod draft;
pub mod kin;
mod told;
pub mod writing;

pub use draft::{Draft, draft, marked_draft};
pub use told::{new_id, record_in};

use crate::context::Context;
use crate::corpus::Binding;
use crate::links;
use crate::oracle::refusal::is_error_envelope;
use crate::step::{Creation, Request, Step};
use crate::tape::{Reply, Tape};
use avouch_catalog::Catalog;
use avouch_catalog::values::parameter_value;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Media, Method, Operation, Place};
use avouch_model::placeholder::Placeholder;
use avouch_model::schema::Kind;
use kin::{Way, kinship};
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
    /// The POST that makes one.
    pub create: &'a Operation,
    /// The GET that shows it: of one item, or of a list that holds it.
    pub item: &'a Operation,
    /// What creating takes.
    pub media: &'a Media,
    /// How `item` chooses it.
    pub way: Way<'a>,
}

/// A write on an object that can be made.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The PUT, PATCH or DELETE.
    pub operation: &'a Operation,
    /// How the object it writes to is made and read.
    pub recipe: Recipe<'a>,
    /// How it chooses the object.
    pub way: Way<'a>,
}

/// An object that was made.
#[derive(Clone, Debug)]
pub struct Made<'t> {
    /// The answer to the creation.
    pub reply: Reply<'t>,
    /// The id it was given; empty when it is known by its marker alone.
    pub id: String,
    /// Its parents' ids, by the names of the creation's path parameters.
    pub parents: Vec<Binding>,
    /// Reads the object, as its maker.
    pub read: Request,
}

/// How objects that this operation reads on their own are made.
pub fn recipe_of_item<'a>(ctx: &Context<'a>, item: &'a Operation) -> Option<Recipe<'a>> {
    let (create, way) = maker(ctx, item)?;
    (way != Way::List).then(|| recipe(create, item, way)).flatten()
}

/// How what this operation makes is read: on its own, else in a list.
pub fn recipe_of_create<'a>(ctx: &Context<'a>, create: &'a Operation) -> Option<Recipe<'a>> {
    let reads = ctx.catalog.operations.iter().filter(|o| o.method == Method::Get);
    let kin = reads.filter_map(|item| kinship(create, item).map(|(rank, way)| (rank, way, item)));
    let (_, way, item) = kin.min_by_key(|(rank, ..)| *rank)?;
    recipe(create, item, way)
}

/// How the object that this operation writes to is made and read.
pub fn act<'a>(ctx: &Context<'a>, operation: &'a Operation) -> Option<Act<'a>> {
    let (create, way) = maker(ctx, operation)?;
    let twin = ctx.catalog.operations.iter().find(|o| {
        o.method == Method::Get && o.path == operation.path && matches!(way, Way::Path(_))
    });
    let recipe = match twin {
        Some(item) => recipe(create, item, way)?,
        None => recipe_of_create(ctx, create)?,
    };
    (way != Way::List).then_some(Act { operation, recipe, way })
}

/// The POST that most surely makes what an operation reads or changes.
fn maker<'a>(ctx: &Context<'a>, other: &'a Operation) -> Option<(&'a Operation, Way<'a>)> {
    let makers =
        ctx.catalog.operations.iter().filter(|o| is_maker(ctx.catalog, o) && makes(o).is_some());
    let kin =
        makers.filter_map(|create| kinship(create, other).map(|(rank, way)| (rank, create, way)));
    kin.min_by_key(|(rank, ..)| *rank).map(|(_, create, way)| (create, way))
}

/// Whether an operation makes one of a kind, by its method: a POST, or a PUT on a collection that has
/// no POST and holds items.
pub fn is_maker(catalog: &Catalog, operation: &Operation) -> bool {
    let of_items = |other: &Operation| {
        let rest = other.path.strip_prefix(&operation.path).and_then(|r| r.strip_prefix("/{"));
        rest.is_some_and(|rest| rest.ends_with('}') && !rest.contains('/'))
    };
    let mut same = catalog.operations.iter().filter(|other| other.path == operation.path);
    match operation.method {
        Method::Post => true,
        Method::Put => {
            operation.path_parameters().next().is_none()
                && !same.any(|other| other.method == Method::Post)
                && catalog.operations.iter().any(of_items)
                && operation.body.iter().all(|media| !media.schema.kinds.contains(&Kind::Array))
        }
        _ => false,
    }
}

/// What a POST or such a PUT takes that may be sent to make an object of our own.
fn makes(create: &Operation) -> Option<&Media> {
    let mut words = create.path.split(['/', '-', '_']);
    let unwanted =
        words.any(|word| UNWANTED.contains(&links::singular(&word.to_ascii_lowercase()).as_str()));
    let method = matches!(create.method, Method::Post | Method::Put);
    let rest = create.graph.is_none() && method;
    let may = rest && !unwanted && crate::danger::leave_alone(create).is_none();
    create.body.iter().find(|media| may && media.media_type.contains("json"))
}

fn recipe<'a>(create: &'a Operation, item: &'a Operation, way: Way<'a>) -> Option<Recipe<'a>> {
    makes(create).map(|media| Recipe { create, item, media, way })
}

/// Makes an object and learns where it is; where the answer does not say, the list that holds it is
/// looked into.
///
/// # Errors
/// The next step; ends as inconclusive when the creation is refused or it is not found again.
pub fn make<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
    who: Who,
    body: &Value,
    marker: &str,
) -> Result<Made<'t>, Step> {
    let reply = tape.send(creation(ctx, recipe, who, body, marker)?)?;
    find(ctx, tape, recipe, who, reply, body, marker)
}

/// Learns where what was just created is.
///
/// # Errors
/// The next step; ends as inconclusive when it is not found again.
pub fn find<'t>(
    ctx: &Context<'_>,
    tape: &mut Tape<'t>,
    recipe: Recipe<'_>,
    who: Who,
    reply: Reply<'t>,
    body: &Value,
    marker: &str,
) -> Result<Made<'t>, Step> {
    if !accepted(reply.answer()) {
        return Err(Step::inconclusive(format!(
            "{who} could not create an object: {}",
            reply.status
        )));
    }
    let parents = parents(ctx, recipe, who)?;
    if let Some((id, read)) = told_by(ctx, recipe, who, &parents, reply.answer(), body) {
        return Ok(Made { reply, id, parents, read });
    }
    // Not told: a list may show it, by its marker.
    if let Some(list) = list_of(ctx, recipe, &parents) {
        let shown = tape.send(list.by(who))?;
        let record = record_in(shown.answer(), "", marker);
        let (parameter, collection) = (recipe.parameter(), &recipe.create.path);
        let id = record.and_then(|r| links::own_id(&r, parameter, collection));
        if let Some(id) = id
            && let Some(read) = request_at(ctx, recipe.item, recipe.way, &parents, &id)
        {
            return Ok(Made { reply, id, parents, read: read.by(who) });
        }
    }
    Err(Step::inconclusive("the answer to the creation names no id"))
}

/// Id and address of what was just created, as far as the answer tells.
fn told_by(
    ctx: &Context<'_>,
    recipe: Recipe<'_>,
    who: Who,
    parents: &[Binding],
    created: &Answer,
    sent: &Value,
) -> Option<(String, Request)> {
    if let Some(link) = told::link_to(ctx, recipe.item, created) {
        let id = told::id_in(ctx, recipe.item, &link, recipe.way);
        return Some((id, Request::read(link).by(who)));
    }
    let id = new_id(created, recipe.parameter(), &recipe.create.path, Some(sent));
    let id = if recipe.way == Way::List { id.unwrap_or_default() } else { id? };
    let read = request_at(ctx, recipe.item, recipe.way, parents, &id)?.by(who);
    Some((id, read))
}

/// Reads the list that objects of this kind are in, by nobody; `None` when there is none.
pub fn list_of(ctx: &Context<'_>, recipe: Recipe<'_>, parents: &[Binding]) -> Option<Request> {
    let reads = ctx.catalog.operations.iter().filter(|o| o.method == Method::Get);
    let kin = reads.filter_map(|o| kinship(recipe.create, o).map(|(rank, way)| (rank, way, o)));
    let lists = kin.filter(|(_, way, _)| *way == Way::List);
    let (.., list) = lists.min_by_key(|(rank, ..)| *rank)?;
    request_at(ctx, list, Way::List, parents, "")
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
    let path = filled(ctx, &recipe.create.path, &parents(ctx, recipe, who)?);
    let mut request =
        with_required(Request::new(recipe.create.method.clone(), path), recipe.create);
    request = request.json(body).by(who);
    request.creates = Some(Creation {
        by: recipe.create.id.clone(),
        remove: removal_template(ctx.catalog, recipe.create),
        named: told::named_in(body, recipe.way),
        marker: marker.to_owned(),
    });
    Ok(request)
}

/// The template of the operation that removes what this one creates: `DELETE /orders/{id}` for
/// `POST /orders`, with `?id={id}` where the query chooses.
pub fn removal_template(catalog: &Catalog, create: &Operation) -> Option<String> {
    let removals = catalog.operations.iter().filter(|o| o.method == Method::Delete);
    let kin = removals.filter_map(|o| kinship(create, o).map(|(rank, way)| (rank, way, o)));
    let (_, way, removal) = kin.min_by_key(|(rank, ..)| *rank)?;
    match way {
        Way::Path(_) => Some(removal.path.clone()),
        Way::Query(name) => Some(format!("{}?{name}={{{name}}}", removal.path)),
        Way::Body(_) | Way::List => None,
    }
}

impl Recipe<'_> {
    /// The name of what chooses one.
    pub fn parameter(&self) -> &str {
        match self.way {
            Way::Path(name) | Way::Query(name) | Way::Body(name) => name,
            Way::List => "id",
        }
    }
}

impl Act<'_> {
    /// The write on that object, without credential; the body still to be put in.
    ///
    /// # Errors
    /// Ends as inconclusive when it is not known by what the object is chosen.
    pub fn request(&self, ctx: &Context<'_>, made: &Made<'_>) -> Result<Request, Step> {
        request_at(ctx, self.operation, self.way, &made.parents, &made.id).ok_or_else(|| {
            Step::inconclusive(format!(
                "{} cannot be addressed to what was made",
                self.operation.id
            ))
        })
    }
}

/// A request of that operation on one object.
fn request_at(
    ctx: &Context<'_>,
    operation: &Operation,
    way: Way<'_>,
    parents: &[Binding],
    id: &str,
) -> Option<Request> {
    if id.is_empty() && way != Way::List {
        return None;
    }
    let mut path = filled(ctx, &operation.path, parents);
    if let Way::Path(name) = way {
        path = path.replace(&format!("{{{name}}}"), &in_path(id));
    }
    let mut request = with_required(Request::new(operation.method.clone(), path), operation);
    if let Way::Query(name) = way {
        let path = request.path().to_owned();
        request = request.target(path).query(name, id);
    }
    (!request.target.contains('{')).then_some(request)
}

/// The request with the other parameters the operation cannot do without.
fn with_required(mut request: Request, operation: &Operation) -> Request {
    for parameter in operation.parameters.iter().filter(|p| p.required) {
        let value = told::text(&parameter_value(parameter, 1));
        request = match parameter.place {
            Place::Query => request.query(&parameter.name, &value),
            Place::Header if parameter.name.eq_ignore_ascii_case("authorization") => request,
            Place::Header => request.header(&parameter.name, value),
            Place::Path | Place::Cookie => request,
        };
    }
    request
}

/// A path from the root of the target with these values in it.
fn filled(ctx: &Context<'_>, template: &str, parents: &[Binding]) -> String {
    parents.iter().fold(ctx.path(template), |path, binding| {
        path.replace(&format!("{{{}}}", binding.parameter), &in_path(&binding.value))
    })
}

/// The owner's own parents of what is made: those of an item it has read, else any it knows.
fn parents(ctx: &Context<'_>, recipe: Recipe<'_>, who: Who) -> Result<Vec<Binding>, Step> {
    let known = ctx.corpus.of(&recipe.item.id, who).find(|sample| sample.success().is_some());
    let read: &[Binding] = known.map(|sample| sample.bindings.as_slice()).unwrap_or_default();
    let mut found: Vec<Binding> = Vec::new();
    for name in recipe.create.path_parameters() {
        let binding = read.iter().find(|binding| binding.parameter == name).cloned();
        let binding = binding.or_else(|| {
            let (catalog, corpus) = (ctx.catalog, ctx.corpus);
            let known = links::candidates(catalog, corpus, recipe.create, name, who, &found);
            known.into_iter().find(|binding| binding.source.is_answered())
        });
        let Some(binding) = binding else {
            return Err(Step::inconclusive(format!("no value is known for `{name}` in the path")));
        };
        found.push(binding);
    }
    Ok(found)
}

/// A value as it stands in a path. A placeholder stays as it is: the engine resolves it.
fn in_path(value: &str) -> String {
    match Placeholder::parse(value) {
        Some(_) => value.to_owned(),
        None => utf8_percent_encode(value, UNRESERVED).to_string(),
    }
}
