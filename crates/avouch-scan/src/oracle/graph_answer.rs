//! What an answer of a graph says (GraphQL October 2021, section 7.1): data, errors, or both.
//!
//! Its status says little: refusals travel as 200 with errors, or as data that is nothing.

use avouch_model::exchange::Answer;
use serde_json::Value;

/// Last parts of paths that were met or are described and lead to a graph.
const ENDINGS: [&str; 3] = ["graphql", "gql", "query"];

/// A query, and no operation of another kind, so it changes nothing by the words of the
/// specification (GraphQL October 2021, section 6.2.1).
pub const ORDINARY: &str = "query{__typename}";

/// Whether a path ends as those of graphs do.
pub fn ends_so(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    ENDINGS.contains(&last.to_ascii_lowercase().as_str())
}

/// Whether the answer to the ordinary query has the form of a graph's.
pub fn speaks(answer: &Answer) -> bool {
    let Some(json) = answer.json() else { return false };
    let named = json.pointer("/data/__typename").is_some_and(Value::is_string);
    let told = json.get("errors").is_some() && is_graph(&json);
    named || told
}

/// One error of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    /// What it says.
    pub message: String,
    /// Its `extensions.code`, upper case; empty when there is none.
    pub code: String,
    /// Names on the way to the field it is about, list positions left out.
    pub path: Vec<String>,
}

/// Whether a JSON value has the form of an answer: data or errors, and nothing that is unknown.
pub fn is_graph(json: &Value) -> bool {
    let Some(members) = json.as_object() else { return false };
    let known = ["data", "errors", "extensions"];
    let data = json.get("data").is_some_and(|data| data.is_object() || data.is_null());
    let only_known = members.keys().all(|key| known.contains(&key.as_str()));
    let told = json.get("errors").and_then(Value::as_array).is_some_and(|errors| {
        !errors.is_empty()
            && errors.iter().all(|error| error.get("message").is_some_and(Value::is_string))
    });
    only_known && (told || data)
}

/// Whether there is nothing in a value: null, empty lists, and things of nothing but such.
pub fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_hollow),
        Value::Object(members) => members.values().all(is_hollow),
        _ => false,
    }
}

/// The errors of an answer.
pub fn errors(answer: &Answer) -> Vec<GraphError> {
    let json = answer.json().unwrap_or_default();
    let errors = json.get("errors").and_then(Value::as_array);
    let text = |error: &Value, pointer: &str| {
        error.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let each = errors.into_iter().flatten().map(|error| GraphError {
        message: text(error, "/message"),
        code: text(error, "/extensions/code").to_ascii_uppercase(),
        path: error
            .get("path")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|part| part.as_str().map(str::to_owned))
            .collect(),
    });
    each.collect()
}

/// Words of errors that say that the caller may not, lower case.
const DENIALS: [&str; 14] = [
    "unauthenticated",
    "unauthorized",
    "unauthorised",
    "not authenticated",
    "not authorized",
    "not authorised",
    "not allowed",
    "forbidden",
    "permission",
    "access denied",
    "log in",
    "login",
    "signed in",
    "authentication",
];

impl GraphError {
    /// Whether it says that the caller may not.
    pub fn denies(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        let code = self.code.replace('_', " ").to_ascii_lowercase();
        DENIALS.iter().any(|word| message.contains(word) || code.contains(word))
    }
}

/// Whether the answer says that the caller may not: by its status, or by an error and no data.
pub fn denies(answer: &Answer) -> bool {
    if matches!(answer.status, 401 | 403) {
        return true;
    }
    let Some(json) = answer.json().filter(is_graph) else { return false };
    json.get("data").is_none_or(is_hollow) && errors(answer).iter().any(GraphError::denies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;
    use serde_json::json;

    #[test]
    fn an_answer_is_known_by_its_form() {
        assert!(is_graph(&json!({"data": {"me": null}})));
        assert!(is_graph(&json!({"errors": [{"message": "no"}]})));
        assert!(!is_graph(&json!({"data": [1]})));
        assert!(!is_graph(&json!({"ok": true, "data": {}})));
        assert!(!is_graph(&json!({"errors": ["no"]})));
    }

    #[test]
    fn a_denial_is_told_from_a_hole_in_the_data() {
        let said = |body: &str| denies(&answer(200, body));
        assert!(said(r#"{"data":{"me":null},"errors":[{"message":"Not authorized"}]}"#));
        assert!(said(r#"{"errors":[{"message":"x","extensions":{"code":"UNAUTHENTICATED"}}]}"#));
        assert!(!said(r#"{"data":{"me":null}}"#));
        assert!(!said(r#"{"data":{"a":1,"b":null},"errors":[{"message":"forbidden"}]}"#));
        assert!(!said(r#"{"errors":[{"message":"Cannot query field \"x\""}]}"#));
    }
}
