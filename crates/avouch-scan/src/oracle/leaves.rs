//! The single values of an answer, with their places.

use avouch_model::exchange::Answer;
use avouch_model::placeholder::Placeholder;
use serde_json::Value;

/// LIMIT: leaves taken of one answer.
pub const LEAVES_MAX: usize = 20_000;
/// LIMIT: depth of JSON that is walked.
const DEPTH_MAX: usize = 64;

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// Its place with list positions left out: `/items/*/price`.
    pub path: String,
    /// The value as text; placeholders stand as they are.
    pub value: String,
}

/// Keys whose values are shown to everybody wherever they appear.
const PUBLIC_KEYS: [&str; 17] = [
    "name",
    "username",
    "login",
    "handle",
    "displayname",
    "avatar",
    "url",
    "href",
    "slug",
    "type",
    "typename",
    "status",
    "currency",
    "country",
    "language",
    "locale",
    "timezone",
];

impl Leaf {
    /// The last name in its place, lower case without separators: `order_id` is `orderid`.
    pub fn key(&self) -> String {
        let name = self.path.rsplit('/').find(|part| *part != "*").unwrap_or_default();
        plain_key(name)
    }

    /// Whether the value says enough to be recognised elsewhere as this very one: a sensitive value,
    /// a text of eight characters or more, or a number of six digits or more.
    pub fn is_telling(&self) -> bool {
        if Placeholder::parse(&self.value).is_some() {
            return true;
        }
        let digits = self.value.bytes().filter(u8::is_ascii_digit).count();
        let numeric = self.value.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        if numeric { digits >= 6 } else { self.value.chars().count() >= 8 }
    }

    /// Whether it stands under a key that is public by nature (a name, a status, a link).
    pub fn is_public_by_key(&self) -> bool {
        PUBLIC_KEYS.contains(&self.key().as_str())
    }
}

/// A key in lower case without separators, to compare `orderId`, `order_id` and `Order-ID`.
pub fn plain_key(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Every value of a JSON answer; of another answer its lines.
pub fn leaves(answer: &Answer) -> Vec<Leaf> {
    match answer.json() {
        Some(json) => leaves_of(&json),
        None => answer
            .body
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(LEAVES_MAX)
            .map(|line| Leaf { path: String::new(), value: line.to_owned() })
            .collect(),
    }
}

/// Every value of a JSON value.
pub fn leaves_of(json: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    walk(json, &mut String::new(), DEPTH_MAX, &mut found);
    found
}

fn walk(json: &Value, path: &mut String, depth: usize, found: &mut Vec<Leaf>) {
    if depth == 0 || found.len() >= LEAVES_MAX {
        return;
    }
    let before = path.len();
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                path.push('/');
                path.push_str(name);
                walk(value, path, depth - 1, found);
                path.truncate(before);
            }
        }
        Value::Array(items) => {
            path.push_str("/*");
            for value in items {
                walk(value, path, depth - 1, found);
            }
            path.truncate(before);
        }
        Value::Null => (),
        Value::String(text) => found.push(Leaf { path: path.clone(), value: text.clone() }),
        other => found.push(Leaf { path: path.clone(), value: other.to_string() }),
    }
}

/// The objects of a JSON answer that look like records: the items of the first list of objects at the
/// top or one level down, or the object itself.
pub fn records(json: &Value) -> Vec<&Value> {
    let list = |value: &'_ Value| value.as_array().is_some_and(|a| a.iter().any(Value::is_object));
    if list(json) {
        return json.as_array().into_iter().flatten().filter(|item| item.is_object()).collect();
    }
    let Some(members) = json.as_object() else { return Vec::new() };
    let nested = members.get("data").filter(|data| data.is_object() && members.len() <= 3);
    if let Some(found) = nested.map(records).filter(|found| found.len() > 1) {
        return found;
    }
    let inner = members.values().find(|value| list(value)).or_else(|| {
        members
            .values()
            .filter_map(Value::as_object)
            .flat_map(|o| o.values())
            .find(|value| list(value))
    });
    match inner.and_then(Value::as_array) {
        Some(items) => items.iter().filter(|item| item.is_object()).map(node_of).collect(),
        None => vec![json],
    }
}

/// What an edge of a graph's connection leads to; another record is itself.
fn node_of(item: &Value) -> &Value {
    item.get("node").filter(|node| node.is_object()).unwrap_or(item)
}

/// Whether the answer is a list of records rather than one.
pub fn is_list(json: &Value) -> bool {
    match json {
        Value::Array(_) => true,
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| value.is_array() && LIST_KEYS.contains(&plain_key(name).as_str())),
        _ => false,
    }
}

/// Names under which lists travel in envelopes.
const LIST_KEYS: [&str; 12] = [
    "data", "items", "results", "records", "rows", "list", "content", "entries", "values", "hits",
    "edges", "objects",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places_leave_list_positions_out() {
        let found = leaves_of(&json!({"items": [{"id": 1}, {"id": 2}], "total": 2, "none": null}));
        let shown: Vec<String> = found.iter().map(|l| format!("{}={}", l.path, l.value)).collect();
        assert_eq!(shown, ["/items/*/id=1", "/items/*/id=2", "/total=2"]);
    }

    #[test]
    fn short_and_common_values_prove_nothing() {
        let telling = |value: &str| Leaf { path: "/x".into(), value: value.into() }.is_telling();
        assert!(!telling("true"));
        assert!(!telling("19.99"));
        assert!(!telling("pending"));
        assert!(telling("blue lamp in the hall"));
        assert!(telling("4871230"));
        assert!(telling("‹email:0123456789abcdef›"));
    }

    #[test]
    fn records_are_found_in_envelopes() {
        assert_eq!(records(&json!([{"id": 1}, {"id": 2}])).len(), 2);
        assert_eq!(records(&json!({"data": {"rows": [{"id": 1}]}})).len(), 1);
        assert_eq!(records(&json!({"id": 1})).len(), 1);
        let edges =
            json!({"data": {"orders": {"edges": [{"node": {"id": 1}}, {"node": {"id": 2}}]}}});
        assert_eq!(records(&edges), [&json!({"id": 1}), &json!({"id": 2})]);
        assert!(records(&json!("x")).is_empty());
    }
}
