//! Bodies of operations that let people in, with blanks where a person's own values go.
//!
//! In scope: JSON and form bodies, as described or guessed. Out of scope: who the person is.

mod blank;

pub use blank::Blank;

use crate::known_accounts::Form;
use crate::oracle::leaves::plain_key;
use avouch_catalog::values::{value_filled, value_for};
use avouch_model::operation::{Media, Operation};
use avouch_model::schema::Schema;
use blank::{EXTRAS, NOT_OURS};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub use avouch_catalog::values::Fill;

/// LIMIT: objects in objects that are looked into.
const DEPTH_MAX: usize = 4;
/// LIMIT: characters of a refusal that are searched for what is missing.
const REFUSAL_CHARS_MAX: usize = 8_000;

/// A body in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft<'o> {
    operation: &'o Operation,
    content_type: String,
    value: Value,
}

/// The described body with its blanks; `None` when nothing is said of it.
pub fn draft(operation: &Operation, fill: Fill, salt: u64) -> Option<Draft<'_>> {
    let media = media(operation)?;
    let schema = &media.schema;
    let shaped = !schema.properties.is_empty() || !schema.variants.is_empty();
    let mut value = if shaped {
        let fill = if schema.required.is_empty() { Fill::All } else { fill };
        value_filled("", schema, salt, fill)
    } else {
        media.examples.iter().chain(&schema.examples).find(|e| e.is_object())?.clone()
    };
    leave_out(&mut value, schema);
    write_blanks(&mut value, DEPTH_MAX);
    let content_type = media.media_type.split(';').next().unwrap_or_default().to_owned();
    let content_type = if content_type.contains("form") {
        "application/x-www-form-urlencoded".to_owned()
    } else {
        content_type
    };
    value.is_object().then_some(Draft { operation, content_type, value })
}

/// A body that most would take, for an operation of which nothing is said.
pub fn guessed(operation: &Operation) -> Draft<'_> {
    let value = json!({
        "username": Blank::User.written(),
        "email": Blank::Email.written(),
        "password": Blank::Password.written(),
    });
    Draft { operation, content_type: "application/json".to_owned(), value }
}

/// JSON before forms.
fn media(operation: &Operation) -> Option<&Media> {
    let of = |part: &str| operation.body.iter().find(|media| media.media_type.contains(part));
    of("json").or_else(|| of("form"))
}

fn leave_out(value: &mut Value, schema: &Schema) {
    let Some(members) = value.as_object_mut() else { return };
    members.retain(|name, _| {
        schema.required.contains(name) || !NOT_OURS.contains(&plain_key(name).as_str())
    });
    for (name, inner) in members.iter_mut() {
        let known = schema.properties.get(name);
        if let Some(shape) = known {
            if NOT_OURS.contains(&plain_key(name).as_str()) {
                choose_ordinary(inner, shape);
            }
            leave_out(inner, shape);
        }
    }
}

/// Of roles that must be chosen, an ordinary one.
fn choose_ordinary(value: &mut Value, schema: &Schema) {
    let ordinary = ["user", "customer", "member", "client", "student", "patient", "buyer", "guest"];
    let found = schema.allowed.iter().find(|allowed| {
        let text = allowed.as_str().unwrap_or_default().to_ascii_lowercase();
        ordinary.iter().any(|word| text.contains(word))
    });
    if let Some(found) = found {
        value.clone_from(found);
    }
}

fn write_blanks(value: &mut Value, depth: usize) {
    let Some(members) = value.as_object_mut().filter(|_| depth > 0) else { return };
    for (name, inner) in members.iter_mut() {
        match (Blank::of(name), &inner) {
            (Some(blank), Value::String(_) | Value::Null) => {
                *inner = Value::String(blank.written());
            }
            _ if plain_key(name) == "granttype" => *inner = Value::String("password".to_owned()),
            _ => write_blanks(inner, depth - 1),
        }
    }
    // Where people are known by nothing else, by their name.
    let found = blanks_in(&Value::Object(members.clone()));
    let named = [Blank::User, Blank::Email, Blank::Phone].iter().any(|b| found.contains(b));
    if found.contains(&Blank::Password)
        && !named
        && let Some(name) = members.get_mut("name").filter(|name| name.is_string())
    {
        *name = Value::String(Blank::User.written());
    }
}

fn blanks_in(value: &Value) -> BTreeSet<Blank> {
    let text = value.to_string();
    Blank::ALL.into_iter().filter(|blank| text.contains(&blank.written())).collect()
}

impl Draft<'_> {
    /// The blanks it has.
    pub fn blanks(&self) -> BTreeSet<Blank> {
        blanks_in(&self.value)
    }

    /// The form, on a path below the base path.
    pub fn form(&self, base_path: &str) -> Form {
        let body = if self.content_type.contains("form-urlencoded") {
            pairs(&self.value)
        } else {
            self.value.to_string()
        };
        Form {
            method: self.operation.method.clone(),
            target: format!("{base_path}{}", self.operation.path),
            content_type: self.content_type.clone(),
            body,
        }
    }

    /// Adds what a refusal says is missing. Whether that changed anything.
    pub fn learn(&mut self, refusal: &str) -> bool {
        let start: String = refusal.chars().take(REFUSAL_CHARS_MAX).collect();
        let said: BTreeSet<&str> =
            start.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let place = self.innermost();
        let target = self.value.pointer_mut(&place).and_then(Value::as_object_mut);
        let Some(members) = target else { return false };
        let mut learnt = false;
        for name in EXTRAS.iter().filter(|name| said.contains(**name)) {
            if !members.contains_key(*name) {
                let value = value_for(name, &Schema::default(), 1);
                members.insert((*name).to_owned(), value);
                learnt = true;
            }
        }
        write_blanks(&mut self.value, DEPTH_MAX);
        learnt
    }

    /// With telephone numbers in digits only. Whether that changed anything.
    pub fn in_digits(&mut self) -> bool {
        let text = self.value.to_string();
        let changed = text.replace("{phone}", "{digits}");
        let differs = changed != text;
        if differs && let Ok(value) = serde_json::from_str(&changed) {
            self.value = value;
        }
        differs
    }

    /// Where the object with the password is.
    fn innermost(&self) -> String {
        let holds = |value: &Value| {
            value.as_object().is_some_and(|m| m.values().any(|v| *v == Blank::Password.written()))
        };
        let members = self.value.as_object().filter(|_| !holds(&self.value));
        let below = members.and_then(|m| m.iter().find(|(_, inner)| holds(inner)));
        below.map(|(name, _)| format!("/{name}")).unwrap_or_default()
    }
}

/// A form's pairs; blanks are escaped when they are filled.
fn pairs(value: &Value) -> String {
    let none = Map::new();
    let members = value.as_object().unwrap_or(&none);
    let pairs = members.iter().filter_map(|(name, value)| {
        let value = match value {
            Value::String(text) if text.starts_with('{') && text.ends_with('}') => text.clone(),
            Value::String(text) => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
            other => other.to_string(),
        };
        Some(format!("{}={value}", utf8_percent_encode(name, NON_ALPHANUMERIC)))
    });
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Method;
    use avouch_model::schema::Kind;
    use std::sync::Arc;

    fn operation(names: &[&str], required: &[&str]) -> Operation {
        let mut operation = Operation::discovered(Method::Post, "/register");
        let mut schema = Schema { kinds: vec![Kind::Object], ..Schema::default() };
        for name in names {
            let text = Schema { kinds: vec![Kind::String], ..Schema::default() };
            schema.properties.insert((*name).to_owned(), Arc::new(text));
        }
        schema.required = required.iter().map(|name| (*name).to_owned()).collect();
        operation.body = vec![Media {
            media_type: "application/json".into(),
            schema: Arc::new(schema),
            examples: Vec::new(),
        }];
        operation
    }

    #[test]
    fn blanks_stand_where_people_differ_and_nobody_chooses_a_role() {
        let operation = operation(&["userName", "pwd", "isAdmin", "city"], &[]);
        let draft = draft(&operation, Fill::All, 1).unwrap();
        let body: Value = serde_json::from_str(&draft.form("/v1").body).unwrap();
        assert_eq!(body["userName"], "{user}");
        assert_eq!(body["pwd"], "{password}");
        assert!(body["city"].is_string() && body.get("isAdmin").is_none());
        assert_eq!(draft.form("/v1").target, "/v1/register");
    }

    #[test]
    fn what_a_refusal_names_is_added() {
        let operation = operation(&["email", "password"], &["email", "password"]);
        let mut draft = draft(&operation, Fill::Required, 1).unwrap();
        assert!(draft.learn(r#"{"detail":[{"loc":["body","phone"],"msg":"field required"}]}"#));
        assert!(draft.learn(r#""confirmPassword" is required"#));
        assert!(!draft.learn("phone"));
        let body = draft.form("").body;
        assert!(body.contains(r#""phone":"{phone}""#), "{body}");
        assert!(body.contains(r#""confirmPassword":"{password}""#), "{body}");
        assert!(draft.in_digits());
    }

    #[test]
    fn a_form_is_written_in_pairs() {
        let mut operation =
            operation(&["username", "password", "scope"], &["username", "password"]);
        operation.body[0].media_type = "application/x-www-form-urlencoded".into();
        let body = draft(&operation, Fill::Required, 1).unwrap().form("").body;
        assert_eq!(body, "password={password}&username={user}");
    }
}
