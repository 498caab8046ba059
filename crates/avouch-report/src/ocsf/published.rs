//! Events against the published schema, which the step `ocsf` of `cargo xtask test` gets.

use super::{ALL, Entry, VERSION, event};
use avouch_model::coding::{Form, Kind, Times};
use avouch_model::fact;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const CLASSES: [u64; 7] = [2002, 2003, 2004, 2005, 3002, 6003, 6007];

fn validators() -> BTreeMap<u64, jsonschema::Validator> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/ocsf/schema");
    let validator = |class: u64| {
        let text = std::fs::read(folder.join(format!("{class}.json"))).unwrap();
        let schema: Value = serde_json::from_slice(&text).unwrap();
        assert!(schema["$id"].as_str().is_some_and(|id| id.contains(VERSION)), "{}", schema["$id"]);
        (class, jsonschema::draft202012::new(&schema).unwrap())
    };
    CLASSES.into_iter().map(validator).collect()
}

/// Facts of a kind: each word of each field, with all other fields and with none that can be left
/// out, persons in clear and sealed.
fn facts(kind: &Kind) -> Vec<Value> {
    let whole = (kind.example)();
    let needed: Map<String, Value> = kind
        .fields
        .iter()
        .filter(|field| field.times == Times::Once)
        .map(|field| (field.name.to_owned(), whole[field.name].clone()))
        .collect();
    let sealed = json!({
        "pseudonym": "07".repeat(16),
        "quarter": "2026-Q4",
        "sealed": "0102",
        "subject": "06".repeat(16),
    });
    let mut hidden = whole.clone();
    for field in kind.fields.iter().filter(|field| field.personal()) {
        let is_list = field.times == Times::Any;
        hidden[field.name] = if is_list { json!([sealed]) } else { sealed.clone() };
    }
    let mut all = Vec::new();
    for base in [whole, Value::Object(needed), hidden] {
        all.push(base.clone());
        for field in kind.fields {
            let Form::Word(words) = field.form else { continue };
            for word in words {
                let mut fact = base.clone();
                fact[field.name] = json!(word.word);
                all.push(fact);
            }
        }
    }
    all
}

#[test]
#[ignore = "needs Python 3 and a package; run with `cargo xtask test --only ocsf`"]
fn every_event_is_as_the_published_schema_says() {
    let validators = validators();
    let entry = Entry { origin: "example.com/a", index: 7, time_ms: 1, leaf: "00" };
    let mut seen = BTreeSet::new();
    for mapping in &ALL {
        for fact in facts(fact::named(mapping.kind).unwrap()) {
            let Some(event) = event(mapping.kind, &fact, &entry).unwrap() else { continue };
            let class = event["class_uid"].as_u64().unwrap();
            let wrong: Vec<String> = validators[&class]
                .iter_errors(&event)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(wrong.is_empty(), "{} as {class}: {wrong:#?}\n{event:#}", mapping.kind);
            seen.insert(class);
        }
    }
    assert_eq!(seen, CLASSES.into_iter().collect(), "each class was seen");
}

#[test]
#[ignore = "needs Python 3 and a package; run with `cargo xtask test --only ocsf`"]
fn the_published_schema_refuses_what_is_wrong() {
    let validators = validators();
    let entry = Entry { origin: "example.com/a", index: 7, time_ms: 1, leaf: "00" };
    for mapping in &ALL {
        for fact in facts(fact::named(mapping.kind).unwrap()) {
            let Some(event) = event(mapping.kind, &fact, &entry).unwrap() else { continue };
            let validator = &validators[&event["class_uid"].as_u64().unwrap()];
            for (name, value) in
                [("time", json!("now")), ("type_uid", json!(1)), ("nonsense", json!(1))]
            {
                let mut wrong = event.clone();
                wrong[name] = value;
                assert!(!validator.is_valid(&wrong), "{}: {name}", mapping.kind);
            }
        }
    }
}
