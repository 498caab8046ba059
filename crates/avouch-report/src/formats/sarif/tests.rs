use super::*;
use crate::samples;
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../schema/vendor/sarif-schema-2.1.0.json");

fn schema() -> Validator {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    // The published pattern has a stray bracket that is no regular expression of ECMA-262. It is
    // for a property that is never written here.
    for owner in ["run", "toolComponent"] {
        let language = format!("/definitions/{owner}/properties/language");
        let language = schema.pointer_mut(&language).and_then(Value::as_object_mut).unwrap();
        language.shift_remove("pattern").unwrap();
    }
    jsonschema::validator_for(&schema).unwrap()
}

fn written(report: &Report) -> Value {
    serde_json::from_str(&write(report, &Options::default()).unwrap()).unwrap()
}

fn errors(schema: &Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_ending_fulfils_the_schema_of_the_standard() {
    let schema = schema();
    for (name, report) in samples::endings() {
        assert_eq!(errors(&schema, &written(&report)), [""; 0], "{name}");
    }
}

#[test]
fn the_schema_would_notice_a_mistake() {
    let mut value = written(&samples::full());
    value["runs"][0]["results"][0]["level"] = "severe".into();
    assert!(!schema().is_valid(&value));
}

#[test]
fn only_a_complete_scan_with_a_score_is_called_successful() {
    for (name, report) in samples::endings() {
        let value = written(&report);
        let invocation = &value["runs"][0]["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], name == "complete", "{name}");
    }
    let mut report = samples::full();
    report.score = samples::unreachable().score;
    assert_eq!(written(&report)["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn what_could_not_be_evaluated_is_a_notification_each() {
    let report = samples::full();
    let value = written(&report);
    let notifications =
        value["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let open = notifications.iter().filter(|n| n["descriptor"]["id"] == NOT_EVALUABLE).count();
    assert_eq!(open, report.coverage.not_evaluable.len());
}

#[test]
fn a_report_reads_like_this() {
    insta::assert_snapshot!(write(&samples::full(), &Options::default()).unwrap());
}

#[test]
fn a_scan_that_reached_nothing_reads_like_this() {
    insta::assert_snapshot!(write(&samples::unreachable(), &Options::default()).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_text_breaks_the_form(text in any::<String>()) {
        let value = written(&samples::filled_with(&text));
        prop_assert_eq!(errors(&schema(), &value), [""; 0]);
    }
}
