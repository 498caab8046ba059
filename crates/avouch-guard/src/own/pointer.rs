//! JSON pointers (RFC 6901) in which `*` stands for every element.

use serde_json::Value;
use std::borrow::Cow;

/// Places in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// Reads a pointer; nothing when it does not begin with a slash.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let steps = text.strip_prefix('/')?.split('/');
        Some(Self(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// The values there, as texts; what is neither text nor number nor truth is none.
    pub(super) fn texts<'v>(&self, value: &'v Value) -> Vec<Cow<'v, str>> {
        let mut here = vec![value];
        for step in &self.0 {
            here = here.into_iter().flat_map(|value| below(value, step)).collect();
        }
        here.into_iter().filter_map(text).collect()
    }
}

fn below<'v>(value: &'v Value, step: &str) -> Vec<&'v Value> {
    match (value, step) {
        (Value::Array(items), "*") => items.iter().collect(),
        (Value::Array(items), step) => {
            step.parse::<usize>().ok().and_then(|at| items.get(at)).into_iter().collect()
        }
        (Value::Object(members), "*") => members.values().collect(),
        (Value::Object(members), step) => members.get(step).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A value as it would stand in a path.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}
