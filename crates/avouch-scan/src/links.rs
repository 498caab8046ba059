//! Where the values of path parameters come from: the answers that produce what others consume.

use crate::corpus::{Binding, Corpus, Sample, Source};
use crate::objects::kin;
use crate::oracle::leaves::{plain_key, records};
use crate::oracle::random_like::is_uuid;
use avouch_catalog::Catalog;
use avouch_model::exchange::Answer;
use avouch_model::identity::Who;
use avouch_model::operation::{Method, Operation, OperationId, Place};
use avouch_model::schema::Kind;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Bytes of a path that make it plain that an address leads there.
const LINK_BYTES_MIN: usize = 5;
/// LIMIT: values offered for one parameter.
pub const CANDIDATES_MAX: usize = 12;

/// Keys under which a record names itself, best first, after the parameter's own name.
const ID_KEYS: [&str; 8] = ["id", "uuid", "guid", "slug", "key", "code", "number", "name"];

/// Values for a path parameter as that identity may know them, best first. `fixed` are the values
/// already chosen for parameters to the left: children are looked for below the chosen parent.
pub fn candidates(
    catalog: &Catalog,
    corpus: &Corpus,
    operation: &Operation,
    parameter: &str,
    who: Who,
    fixed: &[Binding],
) -> Vec<Binding> {
    let mut found = Vec::new();
    let form = Form::of(operation, parameter);
    let mut offer = |value: String, source: Source| {
        let usable = !value.is_empty() && value.len() <= 512 && form.fits(&value, &source);
        if usable && !found.iter().any(|b: &Binding| b.value == value) {
            found.push(Binding { parameter: parameter.to_owned(), value, source });
        }
    };
    from_collection(catalog, corpus, operation, parameter, who, fixed, &mut offer);
    from_elsewhere(corpus, operation, parameter, who, &mut offer);
    from_links(corpus, operation, parameter, who, &mut offer);
    from_description(operation, parameter, &mut offer);
    found.truncate(CANDIDATES_MAX);
    found
}

/// What the description says of the form of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Uuid,
    Integer,
    Any,
}

impl Form {
    fn of(operation: &Operation, parameter: &str) -> Self {
        let Some(described) = operation.parameters.iter().find(|p| p.name == parameter) else {
            return Self::Any;
        };
        let schema = &described.schema;
        let mut shown = described.examples.iter().chain(&schema.examples);
        let uuid = shown.any(|example| example.as_str().is_some_and(is_uuid));
        if uuid || schema.format.as_deref() == Some("uuid") {
            Self::Uuid
        } else if schema.kinds == [Kind::Integer] {
            Self::Integer
        } else {
            Self::Any
        }
    }

    /// Whether a value that was answered may be meant; descriptions are believed as they are.
    fn fits(self, value: &str, source: &Source) -> bool {
        match self {
            Self::Uuid if source.is_answered() => is_uuid(value),
            Self::Integer if source.is_answered() => {
                value.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            }
            _ => true,
        }
    }
}

/// The collection a path parameter chooses from: `/orders` for `/orders/{orderId}/items`.
pub fn collection_path<'o>(operation: &'o Operation, parameter: &str) -> Option<&'o str> {
    let (before, _) = operation.path.split_once(&format!("/{{{parameter}}}"))?;
    (!before.is_empty()).then_some(before)
}

fn from_collection(
    catalog: &Catalog,
    corpus: &Corpus,
    operation: &Operation,
    parameter: &str,
    who: Who,
    fixed: &[Binding],
    offer: &mut impl FnMut(String, Source),
) {
    let Some(path) = collection_path(operation, parameter) else { return };
    let Some(list) = catalog.operations.iter().find(|o| o.method == Method::Get && o.path == path)
    else {
        return;
    };
    for sample in corpus.of(&list.id, who) {
        let same_parent = sample
            .bindings
            .iter()
            .all(|b| fixed.iter().all(|f| f.parameter != b.parameter || f.value == b.value));
        let Some(json) = sample.success().and_then(avouch_model::exchange::Answer::json) else {
            continue;
        };
        if same_parent {
            for record in records(&json) {
                for value in own_ids(record, parameter, path) {
                    offer(value, Source::Collection(list.id.clone()));
                }
            }
            strings_of_list(&json, &mut |value| offer(value, Source::Collection(list.id.clone())));
        }
    }
}

/// The value by which a record names itself.
pub fn own_id(record: &Value, parameter: &str, collection: &str) -> Option<String> {
    let members = record.as_object()?;
    let resource = singular(collection.rsplit('/').next().unwrap_or_default());
    let wanted = plain_key(parameter);
    let with_resource = format!("{}id", plain_key(&resource));
    let names = [wanted.as_str(), with_resource.as_str()].into_iter().chain(ID_KEYS);
    names.into_iter().find_map(|name| {
        let (_, value) = members.iter().find(|(key, _)| plain_key(key) == name)?;
        text_of(value)
    })
}

/// Every value by which a record may be asked for: a number and a UUID beside it, else the one by
/// which it names itself.
pub fn own_ids(record: &Value, parameter: &str, collection: &str) -> Vec<String> {
    let first = own_id(record, parameter, collection);
    let members = record.as_object().into_iter().flatten();
    let uuids = members.filter(|(name, _)| ["uuid", "guid"].contains(&plain_key(name).as_str()));
    let uuids = uuids.filter_map(|(_, value)| text_of(value));
    let mut all: Vec<String> = first.into_iter().collect();
    for uuid in uuids {
        if !all.contains(&uuid) {
            all.push(uuid);
        }
    }
    all
}

/// Lists of plain values name their items by the values themselves.
fn strings_of_list(json: &Value, offer: &mut impl FnMut(String)) {
    for value in json.as_array().into_iter().flatten().take(CANDIDATES_MAX) {
        if let Some(text) = value.as_str() {
            offer(text.to_owned());
        }
    }
}

fn from_elsewhere(
    corpus: &Corpus,
    operation: &Operation,
    parameter: &str,
    who: Who,
    offer: &mut impl FnMut(String, Source),
) {
    let collection = collection_path(operation, parameter).unwrap_or_default();
    let resource = plain_key(&singular(collection.rsplit('/').next().unwrap_or_default()));
    let wanted = plain_key(parameter);
    // Another list of the same things: `/me/orders` for `/orders/{id}`.
    let nouns = [Some(resource.clone()), kin::of_parameter(parameter)];
    let lists = nouns.iter().flatten().flat_map(|noun| corpus.lists_of(noun));
    let here = |id: &OperationId| id.0.split_once(' ').is_some_and(|(_, path)| path == collection);
    for list in lists.filter(|list| **list != operation.id && !here(list)) {
        for json in corpus.of(list, who).filter_map(Sample::success).filter_map(Answer::json) {
            for record in records(&json) {
                for value in own_ids(record, parameter, collection) {
                    offer(value, Source::Elsewhere(list.clone()));
                }
            }
        }
    }
    let with_resource = format!("{resource}id");
    let by_name =
        [with_resource.as_str(), wanted.as_str()].into_iter().filter(|name| *name != "id");
    for (value, source) in by_name.flat_map(|name| corpus.named(who, name)) {
        if *source != operation.id {
            offer(value.clone(), Source::Elsewhere(source.clone()));
        }
    }
}

/// Addresses in answers that lead to the operation: `…/mechanic_report?report_id=5`, `/orders/7`.
fn from_links(
    corpus: &Corpus,
    operation: &Operation,
    parameter: &str,
    who: Who,
    offer: &mut impl FnMut(String, Source),
) {
    let in_path = operation.path.split_once(&format!("{{{parameter}}}"));
    let before = in_path.map_or(operation.path.as_str(), |(before, _)| before);
    if before.len() < LINK_BYTES_MIN || before.contains('{') {
        return;
    }
    for (link, source) in corpus.linked(who) {
        let Some((_, rest)) = link.split_once(before) else { continue };
        let value = if in_path.is_some() {
            rest.split(['/', '?', '#']).next()
        } else {
            let query = rest.strip_prefix('?').unwrap_or_default();
            query.split(['&', '#']).find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                (name == parameter).then_some(value)
            })
        };
        let decoded = value.map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned());
        if let Some(value) = decoded {
            offer(value, Source::Elsewhere(source.clone()));
        }
    }
}

/// Values the identity was answered for a name such as `productId`: what records of that resource call
/// themselves, else what stands under the same name elsewhere.
pub fn known_as(catalog: &Catalog, corpus: &Corpus, name: &str, who: Who) -> Option<String> {
    let plain = plain_key(name);
    let resource = plain.strip_suffix("id").filter(|resource| !resource.is_empty())?;
    let listed = catalog.operations.iter().find_map(|operation| {
        let last = operation.path.rsplit('/').next().filter(|last| !last.starts_with('{'))?;
        if plain_key(&singular(last)) != resource {
            return None;
        }
        let json = corpus.of(&operation.id, who).find_map(Sample::success)?.json()?;
        records(&json).into_iter().find_map(|record| own_id(record, name, &operation.path))
    });
    listed.or_else(|| corpus.named(who, &plain).first().map(|(value, _)| value.clone()))
}

fn from_description(
    operation: &Operation,
    parameter: &str,
    offer: &mut impl FnMut(String, Source),
) {
    let chooses = |place| matches!(place, Place::Path | Place::Query);
    let Some(described) =
        operation.parameters.iter().find(|p| chooses(p.place) && p.name == parameter)
    else {
        return;
    };
    let schema = &described.schema;
    for value in described.examples.iter().chain(&schema.examples).chain(&schema.allowed) {
        if let Some(text) = text_of(value) {
            offer(text, Source::Description);
        }
    }
}

/// A value as it stands in a path; `None` for lists, objects and null.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A plural noun's singular, as far as path segments need it.
pub fn singular(plural: &str) -> String {
    if let Some(stem) = plural.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if let Some(stem) = plural.strip_suffix(ending) {
            return format!("{stem}{}", ending.strip_suffix("es").unwrap_or_default());
        }
    }
    match plural.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && stem.len() > 1 => stem.to_owned(),
        _ => plural.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_names_itself() {
        let by = |record: Value| own_id(&record, "orderId", "/v1/orders");
        assert_eq!(by(json!({"id": 7, "orderId": "x"})).as_deref(), Some("x"));
        assert_eq!(by(json!({"order_id": 7, "name": "n"})).as_deref(), Some("7"));
        assert_eq!(by(json!({"slug": "a-b", "owner": 1})).as_deref(), Some("a-b"));
        assert_eq!(by(json!({"total": 1})), None);
    }

    #[test]
    fn an_address_in_an_answer_tells_an_id() {
        use avouch_model::exchange::{Exchange, Headers, Outcome, SentRequest};
        use avouch_model::operation::OperationId;
        let text =
            r#"{"link": "http://t/shop/report?report_id=51&x=1", "next": "/shop/orders/7/items"}"#;
        let sent = SentRequest {
            method: "POST".into(),
            url: "http://t/shop/contact".into(),
            headers: Headers::default(),
            body: None,
            who: Who::A,
            credential_note: None,
        };
        let answer = crate::oracle::markers::tests::answer(200, text);
        let exchange =
            Exchange { request: sent, outcome: Outcome::Answered(answer), sent_at_us: 0 };
        let corpus = Corpus::new(vec![Sample {
            operation: OperationId("POST /shop/contact".into()),
            who: Who::A,
            request: crate::step::Request::new(Method::Post, "/shop/contact"),
            bindings: Vec::new(),
            exchange,
        }]);
        let found = |path: &str, parameter: &str| {
            let mut found = Vec::new();
            let operation = Operation::discovered(Method::Get, path);
            from_links(&corpus, &operation, parameter, Who::A, &mut |value, _| found.push(value));
            found
        };
        assert_eq!(found("/shop/report", "report_id"), ["51"]);
        assert_eq!(found("/shop/orders/{id}", "id"), ["7"]);
        assert!(found("/shop/other/{id}", "id").is_empty());
    }

    #[test]
    fn plurals_are_made_singular() {
        for (plural, one) in [
            ("orders", "order"),
            ("categories", "category"),
            ("boxes", "box"),
            ("address", "address"),
        ] {
            assert_eq!(singular(plural), one);
        }
    }
}
