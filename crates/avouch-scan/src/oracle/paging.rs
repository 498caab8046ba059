//! Lists and their pages: how many items an answer holds, and whether it says that there are more.

use crate::oracle::leaves::plain_key;
use avouch_model::operation::{Operation, Parameter, Place};
use avouch_model::schema::Kind;
use serde_json::Value;

/// Names of parameters that say how many items a page holds, without separators.
const SIZE_NAMES: [&str; 18] = [
    "limit",
    "perpage",
    "pagesize",
    "pagelimit",
    "size",
    "count",
    "max",
    "maxresults",
    "maxitems",
    "top",
    "first",
    "take",
    "rows",
    "resultsperpage",
    "itemsperpage",
    "num",
    "length",
    "pagelength",
];

/// The parameter that says how many items a page holds, when one is described.
pub fn size_parameter(operation: &Operation) -> Option<&Parameter> {
    let queries = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let numeric = queries.filter(|parameter| {
        let schema = &parameter.schema;
        // A description without types often says `string`.
        [Kind::Integer, Kind::Number].iter().any(|kind| schema.may_be(*kind))
            && schema.allowed.is_empty()
    });
    let mut found: Vec<(usize, &Parameter)> = numeric
        .filter_map(|parameter| {
            let name = plain_key(&parameter.name);
            Some((SIZE_NAMES.iter().position(|known| *known == name)?, parameter))
        })
        .collect();
    found.sort_by_key(|(place, _)| *place);
    found.first().map(|(_, parameter)| *parameter)
}

/// The list an answer is about: the answer itself, or the longest list in its envelope.
pub fn items(json: &Value) -> Option<&Vec<Value>> {
    if let Some(list) = json.as_array() {
        return Some(list);
    }
    let members = json.as_object()?;
    let inner = members.values().filter_map(Value::as_object).flat_map(|object| object.values());
    members.values().chain(inner).filter_map(Value::as_array).max_by_key(|list| list.len())
}

/// Names under which an envelope says how many items there are in all.
const TOTAL_NAMES: [&str; 6] =
    ["total", "totalcount", "totalitems", "totalresults", "totalelements", "totalrecords"];
/// Names under which an envelope tells a page's size; `count` and `length` mostly tell its items.
const TOLD_NAMES: [&str; 8] = [
    "limit",
    "perpage",
    "pagesize",
    "pagelimit",
    "size",
    "maxresults",
    "itemsperpage",
    "resultsperpage",
];
/// Names under which an envelope says that, or where, there are more.
const MORE_NAMES: [&str; 8] = [
    "hasmore",
    "hasnext",
    "hasnextpage",
    "next",
    "nextpage",
    "nextcursor",
    "nextpagetoken",
    "nexturl",
];

/// How many items there are in all, when the answer's envelope says so.
pub fn total(json: &Value) -> Option<u64> {
    let known = |name: &str| TOTAL_NAMES.contains(&plain_key(name).as_str());
    near_top(json).into_iter().find_map(|(name, value)| value.as_u64().filter(|_| known(name)))
}

/// Whether the envelope says that there is another page. `None` when it does not speak of it.
pub fn has_more(json: &Value) -> Option<bool> {
    let said = near_top(json)
        .into_iter()
        .filter(|(name, _)| MORE_NAMES.contains(&plain_key(name).as_str()));
    let said: Vec<bool> = said
        .filter_map(|(_, value)| match value {
            Value::Bool(more) => Some(*more),
            Value::Null => Some(false),
            Value::String(text) => Some(!text.is_empty()),
            Value::Number(_) | Value::Object(_) => Some(true),
            Value::Array(_) => None,
        })
        .collect();
    (!said.is_empty()).then(|| said.contains(&true))
}

/// What the envelope says the page's size is.
pub fn told_size(json: &Value) -> Option<u64> {
    let known = |name: &str| TOLD_NAMES.contains(&plain_key(name).as_str());
    near_top(json).into_iter().find_map(|(name, value)| value.as_u64().filter(|_| known(name)))
}

/// Members of an envelope and of the objects in it, such as `meta` or `page`.
fn near_top(json: &Value) -> Vec<(&String, &Value)> {
    let Some(members) = json.as_object() else { return Vec::new() };
    let inner = members.values().filter_map(Value::as_object).flatten();
    members.iter().chain(inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::{Method, Style};
    use avouch_model::schema::Schema;
    use serde_json::json;
    use std::sync::Arc;

    fn query(name: &str, kind: Kind) -> Parameter {
        Parameter {
            name: name.to_owned(),
            place: Place::Query,
            required: false,
            schema: Arc::new(Schema { kinds: vec![kind], ..Schema::default() }),
            style: Style::Form,
            explode: true,
            examples: Vec::new(),
            description: None,
        }
    }

    #[test]
    fn a_page_size_is_known_by_name_and_type() {
        let mut operation = Operation::discovered(Method::Get, "/items");
        operation.parameters = vec![query("first", Kind::String), query("max", Kind::Integer)];
        assert_eq!(size_parameter(&operation).map(|p| p.name.as_str()), Some("max"));
        operation.parameters.push(query("$top", Kind::Integer));
        operation.parameters.push(query("page_size", Kind::Integer));
        assert_eq!(size_parameter(&operation).map(|p| p.name.as_str()), Some("page_size"));
        operation.parameters = vec![query("page", Kind::Integer)];
        assert_eq!(size_parameter(&operation), None);
    }

    #[test]
    fn envelopes_say_what_they_hold() {
        let json =
            json!({"data": {"rows": [1, 2, 3], "tags": []}, "meta": {"total": 9, "next": null}});
        assert_eq!(items(&json).map(Vec::len), Some(3));
        assert_eq!(total(&json), Some(9));
        assert_eq!(has_more(&json), Some(false));
        assert_eq!(has_more(&json!([1])), None);
        assert_eq!(told_size(&json!({"limit": 50, "items": []})), Some(50));
        assert_eq!(told_size(&json!({"count": 3, "items": [1, 2, 3]})), None);
    }
}
