//! Graphs as checks and survey see them: the things in answers, what a field takes, and requests.
//!
//! A field of a graph's root is an operation (see `avouch_catalog::graph`). Its samples are answers to
//! questions that were made from the schema, so the schema says what each place of an answer is.

use crate::context::{Context, Input};
use crate::corpus::{Binding, Corpus, Sample, Source};
use crate::inputs::{value_in, with_value};
use crate::oracle::leaves::plain_key;
use crate::oracle::random_like::random_like;
use crate::step::Request;
use avouch_catalog::Catalog;
use avouch_catalog::graph::{Asked, Graph, GraphField, GraphInput, TypeKind, TypeRef, field_of};
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, OperationId};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// LIMIT: things taken from one answer.
const THINGS_MAX: usize = 500;
/// LIMIT: how deep they are looked for.
const DEPTH_MAX: usize = 12;
/// LIMIT: values offered for one argument.
const CANDIDATES_MAX: usize = 6;
/// Keys under which a thing names itself, best first.
const ID_KEYS: [&str; 4] = ["id", "uuid", "_id", "guid"];

/// A thing in an answer: something with fields and an id.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing<'v> {
    /// The name of its type.
    pub of: String,
    /// Its id as text.
    pub id: String,
    /// Names on the way to it, list positions left out.
    pub place: String,
    /// Whether a list showed it.
    pub listed: bool,
    /// The thing itself.
    pub value: &'v Value,
}

/// The things in an answer to a field of a graph.
pub fn things<'v>(graph: &Graph, field: &GraphField, json: &'v Value) -> Vec<Thing<'v>> {
    let mut found = Vec::new();
    if let Some(value) = json.get("data").and_then(|data| data.get(&field.name)) {
        let mut place = format!("/data/{}", field.name);
        Walk { graph, found: &mut found }.value(value, &field.of, &mut place, false, DEPTH_MAX);
    }
    found
}

struct Walk<'w, 'v> {
    graph: &'w Graph,
    found: &'w mut Vec<Thing<'v>>,
}

impl<'v> Walk<'_, 'v> {
    fn value(
        &mut self,
        value: &'v Value,
        of: &TypeRef,
        place: &mut String,
        listed: bool,
        left: usize,
    ) {
        if left == 0 || self.found.len() >= THINGS_MAX {
            return;
        }
        if let Some(items) = value.as_array() {
            let before = place.len();
            place.push_str("/*");
            for item in items {
                self.value(item, of, place, true, left - 1);
            }
            place.truncate(before);
            return;
        }
        let Some(members) = value.as_object() else { return };
        let stated = members.get("__typename").and_then(Value::as_str);
        let name = stated.unwrap_or(&of.name);
        if let Some(id) = id_of(value, name) {
            let (of, place) = (name.to_owned(), place.clone());
            self.found.push(Thing { of, id, place, listed, value });
        }
        let Some(known) = self.graph.types.get(name) else { return };
        for field in &known.fields {
            let Some(inner) = members.get(&field.name) else { continue };
            let before = place.len();
            place.push('/');
            place.push_str(&field.name);
            self.value(inner, &field.of, place, listed, left - 1);
            place.truncate(before);
        }
    }
}

/// The value by which a thing names itself.
fn id_of(value: &Value, of: &str) -> Option<String> {
    let members = value.as_object()?;
    let own = format!("{}id", plain_key(of));
    let found = ID_KEYS
        .iter()
        .find_map(|key| members.get(*key))
        .or_else(|| members.iter().find(|(name, _)| plain_key(name) == own).map(|(_, v)| v))?;
    let text = match found {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Names of the types a field gives in the end: what a connection holds, what an interface may be.
pub fn given_types<'g>(graph: &'g Graph, of: &'g TypeRef) -> Vec<&'g str> {
    let item = graph.item_type(of);
    let known = graph.type_of(item);
    let possible = known.into_iter().flat_map(|it| it.possible.iter().map(String::as_str));
    std::iter::once(item.name.as_str()).chain(possible).collect()
}

/// The name of the type a by-id field gives; empty when the operation is no field of a graph.
pub fn given_type(catalog: &Catalog, operation: &Operation) -> String {
    catalog
        .graph_field(operation)
        .map(|(graph, field)| graph.item_type(&field.of).name.clone())
        .unwrap_or_default()
}

/// Ids of things of that type in a sample of a graph's field; `None` when it is none.
pub fn ids_of_type(catalog: &Catalog, sample: &Sample, of: &str) -> Option<BTreeSet<String>> {
    let operation = catalog.operations.iter().find(|o| o.id == sample.operation)?;
    let (graph, field) = catalog.graph_field(operation)?;
    // A field that is nothing was refused; an empty list was answered.
    let json = sample.success().and_then(Answer::json)?;
    json.get("data")?.get(&field.name).filter(|given| !given.is_null())?;
    let kinds: BTreeSet<&str> = graph
        .types
        .get(of)
        .into_iter()
        .flat_map(|known| known.possible.iter().map(String::as_str))
        .chain([of])
        .collect();
    let found = things(graph, field, &json).into_iter();
    Some(found.filter(|it| kinds.contains(it.of.as_str())).map(|it| it.id).collect())
}

/// Whether a field of a graph needs to be told which one thing is meant.
pub fn reads_one(catalog: &Catalog, operation: &Operation) -> bool {
    catalog.graph_field(operation).is_some_and(|(_, field)| {
        field.arguments.iter().any(|argument| argument.is_needed() && is_key(argument))
    })
}

/// Whether an argument chooses one thing.
pub fn is_key(argument: &GraphInput) -> bool {
    let key = plain_key(&argument.name);
    let ends = ["id", "uuid", "guid", "slug"].iter().any(|end| key.ends_with(end));
    !argument.of.list && (argument.of.name == "ID" || ends || key == "node")
}

/// What an identity was shown and can ask with.
#[derive(Debug, Default)]
pub struct Known {
    who: Vec<Who>,
    by_type: BTreeMap<String, Vec<(String, OperationId)>>,
}

impl Known {
    /// The things that identity was shown, lists first.
    ///
    /// A stranger knows what others do: what it can open is only seen by trying that.
    pub fn of(catalog: &Catalog, corpus: &Corpus, who: Who) -> Self {
        let who = if who == Who::Nobody { Who::ALL.to_vec() } else { vec![who] };
        let mut known = Self { who, ..Self::default() };
        for listed in [true, false] {
            for operation in catalog.operations.iter().filter(|o| o.graph.is_some()) {
                let Some((graph, field)) = catalog.graph_field(operation) else { continue };
                let samples = known.who.clone().into_iter();
                for sample in samples.flat_map(|who| corpus.of(&operation.id, who)) {
                    let Some(json) = sample.success().and_then(Answer::json) else { continue };
                    for thing in things(graph, field, &json) {
                        let ids = known.by_type.entry(thing.of).or_default();
                        if thing.listed == listed && !ids.iter().any(|(id, _)| *id == thing.id) {
                            ids.push((thing.id, operation.id.clone()));
                        }
                    }
                }
            }
        }
        known
    }

    /// Values for an argument of a field, best first.
    pub fn values(
        &self,
        graph: &Graph,
        field: &GraphField,
        argument: &GraphInput,
        corpus: &Corpus,
    ) -> Vec<Binding> {
        let mut found: Vec<Binding> = Vec::new();
        let mut offer = |value: &str, source: Source| {
            if !found.iter().any(|binding| binding.value == value) {
                let parameter = argument.name.clone();
                found.push(Binding { parameter, value: value.to_owned(), source });
            }
        };
        let key = plain_key(&argument.name);
        if is_key(argument) {
            // One of each type first: a field such as `node` may guard some of them only.
            let types = types_for(graph, field, &key);
            let ids: Vec<&Vec<_>> = types.iter().filter_map(|of| self.by_type.get(*of)).collect();
            let most = ids.iter().map(|ids| ids.len()).max().unwrap_or(0);
            for (id, shown_by) in (0..most).flat_map(|n| ids.iter().filter_map(move |it| it.get(n)))
            {
                offer(id, Source::Collection(shown_by.clone()));
            }
        }
        if key != "id" {
            for (value, shown_by) in self.who.iter().flat_map(|who| corpus.named(*who, &key)) {
                offer(value, Source::Elsewhere(shown_by.clone()));
            }
        }
        if let Some(known) = graph.type_of(&argument.of).filter(|it| it.kind == TypeKind::Enum) {
            known.values.iter().for_each(|value| offer(value, Source::Description));
        }
        found.truncate(CANDIDATES_MAX);
        found
    }
}

/// Types an id may be of: the one its name begins with (`userId`), else those the field gives.
fn types_for<'g>(graph: &'g Graph, field: &'g GraphField, key: &str) -> Vec<&'g str> {
    let stem = ["uuid", "guid", "slug", "id"].iter().find_map(|end| key.strip_suffix(end));
    let named = graph
        .types
        .keys()
        .find(|name| stem.is_some_and(|stem| !stem.is_empty() && plain_key(name) == stem));
    match named {
        Some(name) => vec![name.as_str()],
        None => given_types(graph, &field.of),
    }
}

/// A request that asks this with these values.
pub fn request(graph: &Graph, asked: &Asked<'_>, bindings: &[Binding]) -> Request {
    let mut variables = Map::new();
    for binding in bindings {
        let of = asked.variables.iter().find(|it| it.name == binding.parameter).map(|it| &it.of);
        variables.insert(binding.parameter.clone(), value_as(of, &binding.value));
    }
    let body = json!({ "query": asked.text, "variables": variables });
    Request::new(Method::Post, &graph.path).json(&body)
}

/// Text as the type wants it.
fn value_as(of: Option<&TypeRef>, text: &str) -> Value {
    let plain = match of.map(|of| of.name.as_str()) {
        Some("Int" | "Float" | "Boolean") => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    };
    if of.is_some_and(|of| of.list) { json!([plain]) } else { plain }
}

/// The variable of a request that chooses the thing: of several the last.
pub fn key_input(catalog: &Catalog, operation: &Operation, request: &Request) -> Option<Input> {
    let (_, field) = catalog.graph_field(operation)?;
    let body: Value = serde_json::from_str(request.body.as_deref()?).ok()?;
    let sent = body.get("variables")?.as_object()?;
    let mut given = field.arguments.iter().filter(|argument| sent.contains_key(&argument.name));
    let key = given.rfind(|argument| is_key(argument))?;
    Some(Input::Body(format!("/variables/{}", key.name)))
}

/// The request with its key replaced by one of the same form that was never issued.
pub fn with_random_key(ctx: &Context<'_>, request: &Request, label: &str) -> Option<Request> {
    let operation = ctx.operation?;
    let input = key_input(ctx.catalog, operation, request)?;
    let key = value_in(request, operation, &ctx.target.base_path, &input)?;
    let made_up = random_like(&ctx.nonces, label, &key);
    with_value(request, operation, &ctx.target.base_path, &input, &made_up)
}

/// The name of the field an operation asks for, when it is a field of a graph.
pub fn field_name(operation: &Operation) -> Option<&str> {
    field_of(operation)
}
