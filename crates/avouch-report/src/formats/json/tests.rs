use super::*;
use crate::samples;
use avouch_model::exchange::{Failure, Outcome};
use avouch_model::identity::Who;
use avouch_model::score::Grade;
use avouch_model::severity::{Confidence, Severity};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn schema() -> Validator {
    jsonschema::validator_for(&document()).unwrap()
}

fn written(report: &Report) -> Value {
    serde_json::from_str(&write(report, &Options::default()).unwrap()).unwrap()
}

fn errors(schema: &Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_ending_fulfils_the_published_schema() {
    let schema = schema();
    for (name, report) in samples::endings() {
        assert_eq!(errors(&schema, &written(&report)), [""; 0], "{name}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    for (name, report) in samples::endings() {
        let text = write(&report, &Options::default()).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report, "{name}");
    }
}

/// Names of the properties of every object in a value.
fn names_written(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names_written(item, names)),
        Value::Object(members) => {
            for (name, member) in members {
                names.insert(name.clone());
                names_written(member, names);
            }
        }
        _ => (),
    }
}

/// Objects of the schema, with the names of their properties.
fn objects<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) {
                found.push(schema);
            }
            members.values().for_each(|member| objects(member, found));
        }
        _ => (),
    }
}

#[test]
fn the_schema_is_strict_and_names_nothing_that_is_never_written() {
    let document = document();
    let mut found = Vec::new();
    objects(&document, &mut found);
    let mut written_names = BTreeSet::new();
    let failures = [
        "no-such-host",
        "address-forbidden",
        "refused",
        "timed-out",
        "tls",
        "broken",
        "unsendable",
        "stopped",
    ];
    written_names.extend(failures.map(str::to_owned));
    for (_, report) in samples::endings() {
        names_written(&written(&report), &mut written_names);
    }
    for object in found {
        assert_eq!(object["additionalProperties"], false, "{object}");
        let properties: BTreeSet<&str> =
            object["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let required: BTreeSet<&str> =
            object["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(properties, required, "every property is always written");
        for name in properties {
            assert!(written_names.contains(name), "`{name}` is in the schema and in no report");
        }
    }
}

/// Removes the n-th property of a value, counting through the tree; `None` past the last.
fn without(value: &Value, number: &mut usize) -> Option<Value> {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let mut changed = members.clone();
                if *number == 0 {
                    changed.shift_remove(name);
                    return Some(Value::Object(changed));
                }
                *number -= 1;
                if let Some(inner) = without(member, number) {
                    changed.insert(name.clone(), inner);
                    return Some(Value::Object(changed));
                }
            }
            None
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| {
            let inner = without(item, number)?;
            let mut changed = items.clone();
            changed[at] = inner;
            Some(Value::Array(changed))
        }),
        _ => None,
    }
}

#[test]
fn a_report_that_lacks_any_property_is_refused() {
    let (schema, whole) = (schema(), written(&samples::full()));
    let mut tried = 0;
    while let Some(lacking) = without(&whole, &mut tried.clone()) {
        assert!(!schema.is_valid(&lacking), "property number {tried} is not required");
        tried += 1;
    }
    assert!(tried > 300, "{tried}");
}

/// Every failure; the match is there to be extended together with the list.
fn failures() -> Vec<Failure> {
    let why = || "x".to_owned();
    let all = vec![
        Failure::NoSuchHost,
        Failure::AddressForbidden(why()),
        Failure::Refused,
        Failure::TimedOut(why()),
        Failure::Tls(why()),
        Failure::Broken(why()),
        Failure::Unsendable(why()),
        Failure::Stopped,
    ];
    for failure in &all {
        match failure {
            Failure::NoSuchHost
            | Failure::Refused
            | Failure::Stopped
            | Failure::AddressForbidden(_)
            | Failure::TimedOut(_)
            | Failure::Tls(_)
            | Failure::Broken(_)
            | Failure::Unsendable(_) => (),
        }
    }
    all
}

#[test]
fn every_word_of_the_form_is_in_the_schema() {
    let schema = schema();
    let mut reports = Vec::new();
    let changed = |change: &dyn Fn(&mut Report)| {
        let mut report = samples::full();
        change(&mut report);
        report
    };
    for severity in Severity::ALL {
        reports.push(changed(&|report| report.findings[0].severity = severity));
    }
    for confidence in [Confidence::Tentative, Confidence::Firm, Confidence::Confirmed] {
        reports.push(changed(&|report| report.findings[0].confidence = confidence));
    }
    for who in Who::ALL {
        reports.push(changed(&|report| report.findings[0].identities = Some((who, who))));
    }
    for score in [95, 85, 75, 55, 5] {
        reports.push(changed(&|report| report.score.grade = Some(Grade::of(score))));
    }
    for failure in failures() {
        reports.push(changed(&|report| {
            report.findings[0].exchanges[0].outcome = Outcome::Failed(failure.clone());
        }));
    }
    for report in reports {
        assert_eq!(errors(&schema, &written(&report)), [""; 0]);
    }
}

#[test]
fn a_property_the_schema_does_not_name_is_refused() {
    let schema = schema();
    for pointer in ["", "/score", "/findings/0", "/findings/0/exchanges/0/request", "/coverage"] {
        let mut value = written(&samples::full());
        value.pointer_mut(pointer).unwrap()["unheard_of"] = 1.into();
        assert!(!schema.is_valid(&value), "{pointer}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_text_breaks_the_form(text in any::<String>()) {
        let report = samples::filled_with(&text);
        let value = written(&report);
        prop_assert_eq!(errors(&schema(), &value), [""; 0]);
        prop_assert_eq!(serde_json::from_value::<Report>(value).unwrap(), report);
    }
}
