//! Rules of ownership to begin with, guessed from a description.

use crate::settings::own::Own;
use avouch_catalog::Catalog;
use avouch_model::operation::{Method, Operation, Place, Security};
use avouch_model::schema::{Kind, Schema};
use std::sync::Arc;

/// A rule that a description suggests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guessed {
    /// The rule.
    pub rule: Own,
    /// Whether it can be enforced unread. A list of what is one's own proves itself: the API made it
    /// for whoever asks. That a property names the owner, and that the owner is called as the token
    /// calls whoever asks, has to be read by somebody who knows.
    pub proves_itself: bool,
}

/// Words in names of parameters by which a list comes in pages: what is on the next page is not there.
const PAGING: [&str; 11] = [
    "page", "offset", "cursor", "limit", "after", "before", "skip", "size", "perpage", "continue",
    "marker",
];

/// Names of properties that tell an owner, in lower case and without signs between words.
const OWNERS: [&str; 8] =
    ["customerid", "userid", "ownerid", "accountid", "memberid", "owner", "patientid", "createdby"];

/// What the description suggests about whose objects are.
pub fn starter_rules(catalog: &Catalog) -> Vec<Guessed> {
    let objects = catalog.operations.iter().filter(|one| is_object(one));
    objects
        .filter_map(|object| listed(catalog, object).or_else(|| named(catalog, object)))
        .collect()
}

/// Whether it shows one object to whoever is known.
fn is_object(operation: &Operation) -> bool {
    operation.method == Method::Get
        && is_for_the_known(operation)
        && last_parameter(operation).is_some()
}

fn is_for_the_known(operation: &Operation) -> bool {
    let Security::Required(_) = operation.security else { return false };
    operation.roles.is_empty() && operation.graph.is_none()
}

/// The parameter that a path ends with, and the path before it.
fn last_parameter(operation: &Operation) -> Option<(&str, &str)> {
    let (before, last) = operation.path.rsplit_once('/')?;
    Some((before, last.strip_prefix('{')?.strip_suffix('}')?))
        .filter(|(_, name)| !name.contains('{'))
}

/// A rule by the list of one's own objects, where the list shows the same objects whole.
fn listed(catalog: &Catalog, object: &Operation) -> Option<Guessed> {
    let (before, parameter) = last_parameter(object)?;
    let list =
        catalog.operations.iter().find(|one| one.method == Method::Get && one.path == before)?;
    let asks = |it: &avouch_model::operation::Parameter| {
        let name = bare(&it.name);
        it.place == Place::Query && (it.required || PAGING.iter().any(|word| name.contains(word)))
    };
    if !is_for_the_known(list) || list.parameters.iter().any(asks) {
        return None;
    }
    let (to_items, item) = items(answer(list)?)?;
    let shown = answer(object)?;
    let has = |name: &String| item.properties.contains_key(name);
    let whole = if shown.required.is_empty() {
        shown.properties.keys().all(has)
    } else {
        shown.required.iter().all(has)
    };
    if !whole || shown.properties.is_empty() {
        return None;
    }
    let id = ["id", parameter].into_iter().find(|name| item.properties.contains_key(*name))?;
    let item = Some(format!("{to_items}/*/{}", escaped(id)));
    let rule = Own {
        matches: guarded(catalog, object, parameter),
        ask: list.id.0.clone(),
        item,
        parameter: Some(parameter.to_owned()),
        ..Own::default()
    };
    Some(Guessed { rule, proves_itself: true })
}

/// A rule by a property that seems to name the owner.
fn named(catalog: &Catalog, object: &Operation) -> Option<Guessed> {
    let (_, parameter) = last_parameter(object)?;
    let shown = answer(object)?;
    let (name, _) = OWNERS.into_iter().find_map(|owner| {
        shown.properties.iter().find(|(name, schema)| {
            let plain = [Kind::String, Kind::Integer];
            bare(name) == owner && schema.kinds.iter().all(|kind| plain.contains(kind))
        })
    })?;
    let rule = Own {
        matches: guarded(catalog, object, parameter),
        ask: object.id.0.clone(),
        owner: Some(format!("/{}", escaped(name))),
        ..Own::default()
    };
    Some(Guessed { rule, proves_itself: false })
}

/// The operations on the object and on what is below it. One that may create it is left out.
fn guarded(catalog: &Catalog, object: &Operation, parameter: &str) -> Vec<String> {
    let below = format!("{}/", object.path);
    let each = catalog.operations.iter().filter(|one| {
        let on_it = one.path == object.path && one.method != Method::Put;
        is_for_the_known(one)
            && (on_it || one.path.starts_with(&below))
            && one.path_parameters().any(|name| name == parameter)
    });
    each.map(|one| one.id.0.clone()).collect()
}

/// What is answered when all is well.
fn answer(operation: &Operation) -> Option<&Schema> {
    let well = operation.answers.iter().find(|answer| answer.status.starts_with('2'))?;
    let json = well.media.iter().find(|media| media.media_type.contains("json"))?;
    Some(&json.schema)
}

/// Where a list's items are, and what they look like.
fn items(schema: &Schema) -> Option<(String, &Arc<Schema>)> {
    if let Some(item) = &schema.items {
        return Some((String::new(), item));
    }
    let mut lists = schema
        .properties
        .iter()
        .filter_map(|(name, schema)| Some((format!("/{}", escaped(name)), schema.items.as_ref()?)))
        .filter(|(_, item)| !item.properties.is_empty());
    let list = lists.next()?;
    // Of two lists nobody knows which one is meant.
    lists.next().is_none().then_some(list)
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn bare(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}
