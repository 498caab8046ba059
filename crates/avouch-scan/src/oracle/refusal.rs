//! Whether an answer is a refusal, whatever its status says.
//!
//! Many APIs refuse with 200 and an envelope, a login page or an empty list. None of these is a
//! success of the caller.

use crate::oracle::graph_answer::{is_graph, is_hollow};
use crate::oracle::leaves::plain_key;
use avouch_model::exchange::Answer;
use serde_json::Value;

/// Whether the caller got nothing of substance: not 2xx, an error envelope, a login page, an empty
/// list or no body.
pub fn refuses(answer: &Answer) -> bool {
    if !answer.is_success() {
        return true;
    }
    match answer.json() {
        Some(json) => {
            let nothing = || is_graph(&json) && json.get("data").is_none_or(is_hollow);
            is_error_envelope(&json) || is_empty(&json) || nothing()
        }
        None => answer.body.trim().is_empty() || is_login_page(&answer.body),
    }
}

/// Whether a JSON value says that something went wrong.
pub fn is_error_envelope(json: &Value) -> bool {
    let Some(members) = json.as_object() else { return false };
    members.iter().any(|(name, value)| match plain_key(name).as_str() {
        "success" | "ok" | "succeeded" => *value == Value::Bool(false),
        "error" | "errors" | "fault" | "exception" => match value {
            Value::Null | Value::Bool(false) => false,
            Value::Array(items) => !items.is_empty() && !has_data(json),
            Value::String(text) => !text.is_empty(),
            _ => !has_data(json),
        },
        "status" | "result" => value.as_str().is_some_and(|text| {
            let text = text.to_ascii_lowercase();
            ["error", "fail", "failed", "failure", "unauthorized", "forbidden", "denied"]
                .contains(&text.as_str())
        }),
        "code" | "statuscode" => {
            let code = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            code.is_some_and(|code| (400..600).contains(&code)) && members.len() <= 4
        }
        _ => false,
    })
}

fn has_data(json: &Value) -> bool {
    json.get("data").is_some_and(|data| !is_hollow(data) && !is_empty(data))
}

/// Whether a JSON value holds nothing: an empty list or object, or an envelope around one.
pub fn is_empty(json: &Value) -> bool {
    match json {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => {
            members.is_empty() || {
                let lists: Vec<&Value> = members.values().filter(|v| v.is_array()).collect();
                let only_counts =
                    members.values().all(|v| v.is_array() || v.is_number() || v.is_null());
                !lists.is_empty() && only_counts && lists.iter().all(|v| is_empty(v))
            }
        }
        _ => false,
    }
}

/// Whether a page asks for a password.
pub fn is_login_page(body: &str) -> bool {
    let lower: String = body.chars().take(20_000).collect::<String>().to_ascii_lowercase();
    lower.contains("<form") && lower.contains("password")
        || lower.contains("<title>login")
        || lower.contains("<title>sign in")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn refusals_in_disguise_are_seen() {
        for body in [
            r#"{"success":false,"error":"unauthorized"}"#,
            r#"{"status":"error","message":"token"}"#,
            r#"{"code":401,"message":"no"}"#,
            "[]",
            r#"{"items":[],"total":0}"#,
            r#"{"data":{"order":null},"errors":[{"message":"no"}]}"#,
            r#"{"data":{"orders":{"edges":[]}}}"#,
            "",
            "<html><form action=/login><input name=password></form>",
        ] {
            assert!(refuses(&answer(200, body)), "{body}");
        }
    }

    #[test]
    fn records_are_no_refusals() {
        for body in [
            r#"{"id":1,"status":"paid"}"#,
            r#"[{"id":1}]"#,
            r#"{"data":{"x":1},"errors":[{"message":"partial"}]}"#,
            r#"{"code":200,"data":[1]}"#,
            r#"{"error":null,"id":4}"#,
        ] {
            assert!(!refuses(&answer(200, body)), "{body}");
        }
        assert!(refuses(&answer(403, r#"{"id":1}"#)));
    }
}
