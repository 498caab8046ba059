//! Which operations are about the same kind of object: one makes it, others read, change or end it.
//!
//! Real APIs make at `/orders`, `/orders/add` or `/create_order`, and read at `/orders/{id}`,
//! `/order/get/{orderId}`, `/report?report_id=` or only in a list. Paths are compared without
//! versions and verbs, by the names of the things they are about.

use crate::danger::words;
use crate::links::singular;
use crate::oracle::leaves::plain_key;
use avouch_model::operation::{Method, Operation, Place};

/// Words of a path that say what is done rather than with what.
const VERBS: [&str; 30] = [
    "add", "create", "new", "make", "insert", "save", "submit", "store", "get", "fetch", "read",
    "show", "view", "find", "list", "all", "recent", "detail", "details", "update", "edit",
    "change", "modify", "set", "delete", "remove", "destroy", "by", "id", "one",
];
/// Endings of parameters that name an object.
const ID_ENDINGS: [&str; 6] = ["id", "uuid", "guid", "slug", "key", "number"];

/// How one object of a kind is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// By a parameter of the path.
    Path(&'a str),
    /// By a parameter of the query.
    Query(&'a str),
    /// By a property of the body.
    Body(&'a str),
    /// Not at all: it is one of a list.
    List,
}

/// What an operation is about, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject<'a> {
    /// Names of the things on the way, the last one its own: `[order, item]`.
    things: Vec<String>,
    /// Parameters of the path but for its own id.
    parents: Vec<&'a str>,
    /// How one is chosen.
    way: Way<'a>,
}

/// Reads what an operation is about; `None` when its path has no name for it.
fn subject(operation: &Operation) -> Option<Subject<'_>> {
    let mut parents: Vec<&str> = operation.path_parameters().collect();
    let mut segments: Vec<&str> = operation.path.split('/').filter(|s| !s.is_empty()).collect();
    // `/orders/{id}/edit` is about the order.
    while segments.len() > 1 && segments.last().is_some_and(|last| is_verb(last)) {
        segments.pop();
    }
    let own = segments.last().is_some_and(|last| last.starts_with('{'));
    let way = match own.then(|| parents.pop()).flatten() {
        Some(name) => Way::Path(name),
        None => chosen_outside(operation).unwrap_or(Way::List),
    };
    let named = segments.iter().filter(|s| !s.starts_with('{')).map(|s| thing(s));
    let mut things: Vec<String> = named.filter(|name| !name.is_empty()).collect();
    if let (true, Way::Path(name) | Way::Query(name)) = (things.is_empty(), way) {
        things.extend(of_parameter(name));
    }
    (!things.is_empty()).then_some(Subject { things, parents, way })
}

/// The parameter of the query, or of the body of a change, that chooses the object.
fn chosen_outside(operation: &Operation) -> Option<Way<'_>> {
    let mut queries = operation.parameters.iter().filter(|p| p.place == Place::Query);
    let required = queries.find(|p| p.required && is_id(&p.name));
    if let Some(parameter) = required {
        return Some(Way::Query(&parameter.name));
    }
    let changes = matches!(operation.method, Method::Put | Method::Patch | Method::Delete);
    let media = operation.body.iter().find(|media| media.media_type.contains("json"));
    let mut names = media.filter(|_| changes)?.schema.properties.keys();
    names.find(|name| is_id(name)).map(|name| Way::Body(name))
}

/// Whether a parameter of that name chooses an object: `id`, `report_id`, `orderNumber`.
pub fn is_id(name: &str) -> bool {
    let key = plain_key(name);
    let words = words(name);
    ID_ENDINGS.iter().any(|ending| key == *ending)
        || words.len() > 1 && words.last().is_some_and(|last| ID_ENDINGS.contains(&last.as_str()))
}

/// The thing a parameter chooses: `vehicle` for `vehicleId`; `None` for a mere `id`.
pub fn of_parameter(name: &str) -> Option<String> {
    let mut words = words(name);
    words.pop_if(|last| ID_ENDINGS.contains(&last.as_str()));
    (!words.is_empty()).then(|| singular(&words.concat()))
}

/// The last thing a path names: `vehicle` for `/vehicle/vehicles/all`.
pub fn last_thing(path: &str) -> Option<String> {
    path.split('/').rev().filter(|s| !s.starts_with('{')).map(thing).find(|name| !name.is_empty())
}

/// The parameters that choose what a read is about: those of its path, and what its query must name.
pub fn choosing(operation: &Operation) -> Vec<&str> {
    let queries = operation.parameters.iter().filter(|p| p.place == Place::Query && p.required);
    let queries = queries.map(|p| p.name.as_str()).filter(|name| is_id(name));
    operation.path_parameters().chain(queries).collect()
}

fn is_verb(segment: &str) -> bool {
    !segment.starts_with('{') && thing(segment).is_empty()
}

/// The name of a thing in a segment: `order` for `orders`, `create_order` and `addOrder`; empty for
/// `v1`, `api` and what is only a verb.
fn thing(segment: &str) -> String {
    let mut words = words(segment);
    words.retain(|word| !VERBS.contains(&word.as_str()));
    let name = singular(&words.concat());
    let version = name.strip_prefix('v').is_some_and(|n| {
        n.starts_with(|c: char| c.is_ascii_digit()) && n.bytes().all(|b| b.is_ascii_digit())
    });
    if version || matches!(name.as_str(), "api" | "rest") { String::new() } else { name }
}

/// How surely what `create` makes is what `other` reads or changes, and how that one chooses it; the
/// least number is the surest. `None` when they are about different things.
pub fn kinship<'o>(create: &Operation, other: &'o Operation) -> Option<(u8, Way<'o>)> {
    let (made, met) = (subject(create)?, subject(other)?);
    let parents_known = made.parents == met.parents;
    let exact = match met.way {
        Way::Path(name) => other.path == format!("{}/{{{name}}}", create.path),
        Way::List => other.path == create.path,
        _ => false,
    };
    let own = match met.way {
        Way::Path(name) | Way::Query(name) => of_parameter(name),
        _ => None,
    };
    let last = made.things.last()?;
    let rank = if exact {
        0
    } else if !parents_known || matches!(made.way, Way::Path(_)) {
        return None;
    } else if made.things == met.things {
        1
    } else if made.things.first() == met.things.first() && met.things.last() == Some(last) {
        2
    } else if own.as_ref() == Some(last) || met.things.len() == 1 && met.things.last() == Some(last)
    {
        3
    } else {
        return None;
    };
    // A list shows less surely what was made than an address of its own.
    Some((rank + if met.way == Way::List { 8 } else { 0 }, met.way))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kin(create: &str, other: &str) -> Option<u8> {
        let operation = |text: &str| {
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            let mut operation = Operation::discovered(Method::Get, path);
            if !query.is_empty() {
                operation.parameters.push(avouch_model::operation::Parameter {
                    name: query.to_owned(),
                    place: Place::Query,
                    required: true,
                    schema: std::sync::Arc::default(),
                    style: avouch_model::operation::Style::Form,
                    explode: true,
                    examples: Vec::new(),
                    description: None,
                });
            }
            operation
        };
        kinship(&operation(create), &operation(other)).map(|(rank, _)| rank)
    }

    #[test]
    fn makers_and_readers_find_each_other() {
        assert_eq!(kin("/orders", "/orders/{id}"), Some(0));
        assert_eq!(kin("/books/v1", "/books/v1/{book_title}"), Some(0));
        assert_eq!(kin("/orders/add", "/orders/{id}"), Some(1));
        assert_eq!(kin("/api/create_order", "/api/order/get/{orderId}"), Some(1));
        assert_eq!(kin("/report/new", "/report?report_id"), Some(1));
        assert_eq!(kin("/vehicle/add_vehicle", "/vehicle/{vehicleId}"), Some(2));
        assert_eq!(kin("/vehicles", "/tracking/{vehicleId}"), Some(3));
        assert_eq!(kin("/notes", "/notes"), Some(8));
        assert_eq!(kin("/lists/{listId}/items", "/lists/{listId}/items/{id}"), Some(0));
    }

    #[test]
    fn strangers_do_not() {
        assert_eq!(kin("/orders", "/products/{id}"), None);
        assert_eq!(kin("/orders", "/orders/{id}/items/{item}"), None);
        assert_eq!(kin("/orders/{id}/items", "/orders/{id}"), None);
        assert_eq!(kin("/cart/items", "/orders/{id}/items"), None);
    }
}
