//! The table of facts as data, for verifiers that are not ours: tags, names, forms and words.

use crate::canonical;
use avouch_model::coding::{FieldFacts, Form, Kind, Times};
use avouch_model::fact;
use serde_json::{Map, Value, json};

/// The table, in its one spelling.
pub fn facts() -> String {
    let kinds: Map<String, Value> =
        fact::ALL.iter().map(|kind| (kind.name.to_owned(), of_kind(kind))).collect();
    canonical::encode(&Value::Object(kinds))
}

fn of_kind(kind: &Kind) -> Value {
    let fields: Vec<Value> = kind.fields.iter().map(of_field).collect();
    json!({ "fields": fields, "number": kind.number })
}

fn of_field(field: &FieldFacts) -> Value {
    let (form, words) = match field.form {
        Form::Text => ("text", None),
        Form::Number => ("number", None),
        Form::YesNo => ("yes-no", None),
        Form::Digest => ("digest", None),
        Form::Personal => ("personal", None),
        Form::Word(words) => ("word", Some(words)),
    };
    let mut value = json!({
        "form": form,
        "name": field.name,
        "tag": field.tag,
        "times": match field.times {
            Times::Once => "once",
            Times::AtMostOnce => "at-most-once",
            Times::Any => "any",
        },
    });
    if let (Some(words), Some(members)) = (words, value.as_object_mut()) {
        let words: Map<String, Value> =
            words.iter().map(|word| (word.number.to_string(), json!(word.word))).collect();
        members.insert("words".to_owned(), Value::Object(words));
    }
    value
}
