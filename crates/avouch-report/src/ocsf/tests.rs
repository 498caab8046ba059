use super::*;
use avouch_model::fact;
use serde_json::json;

const ENTRY: Entry<'_> =
    Entry { origin: "example.com/a", index: 7, time_ms: 1_795_651_200_000, leaf: "00ff" };

fn made(kind: &str, changes: &Value) -> Option<Value> {
    let mut fact = (fact::named(kind).unwrap().example)();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(fact.as_object_mut().unwrap().remove(name)),
            value => fact[name] = value.clone(),
        }
    }
    event(kind, &fact, &ENTRY).unwrap()
}

#[test]
fn each_event_is_of_its_class_and_names_its_entry() {
    let classes = [
        ("request", json!({}), 6003),
        ("administration", json!({}), 6003),
        ("authentication", json!({}), 3002),
        ("scan", json!({}), 6007),
        ("finding", json!({}), 2002),
        ("control-run", json!({}), 2003),
        ("incident", json!({}), 2005),
        ("incident", json!({ "event": "suspected" }), 2004),
        ("ledger", json!({}), 2004),
        ("key", json!({ "event": "misused" }), 2004),
        ("configuration", json!({ "event": "drifted" }), 2004),
    ];
    for (kind, changes, class) in classes {
        let event = made(kind, &changes).unwrap();
        assert_eq!(event["class_uid"], class, "{kind}");
        assert_eq!(event["category_uid"], class / 1000, "{kind}");
        let activity = event["activity_id"].as_u64().unwrap();
        assert_eq!(event["type_uid"], class * 100 + activity, "{kind}");
        assert_eq!(event["metadata"]["uid"], "example.com/a/7");
        assert_eq!(event["unmapped"]["ledger_leaf"], "00ff");
        let raw: Value = serde_json::from_str(event["raw_data"].as_str().unwrap()).unwrap();
        assert!(fact::named(kind).is_some_and(|kind| (kind.of_json)(&raw).is_ok()), "{kind}");
    }
}

#[test]
fn what_fits_no_class_is_no_event() {
    for (kind, changes) in [
        ("key", json!({})),
        ("configuration", json!({})),
        ("ledger", json!({ "verdict": "intact" })),
        ("training", json!({})),
        ("unheard-of", json!({})),
    ] {
        let event = match fact::named(kind) {
            Some(_) => made(kind, &changes),
            None => event(kind, &json!({}), &ENTRY).unwrap(),
        };
        assert_eq!(event, None, "{kind}");
    }
    assert!(event("request", &json!({ "id": 3 }), &ENTRY).is_err());
}

#[test]
fn what_was_not_tested_is_never_a_pass() {
    let status = |result| {
        made("control-run", &json!({ "result": result })).unwrap()["compliance"]["status_id"]
            .clone()
    };
    assert_eq!(status("pass"), 1);
    assert_eq!(status("fail"), 3);
    assert_eq!(status("not-tested"), 0);
    assert_eq!(status("not-applicable"), 99);
}

#[test]
fn what_was_denied_or_not_answered_did_not_succeed() {
    let status = |changes| made("request", &changes).unwrap()["status_id"].clone();
    assert_eq!(status(json!({})), 1);
    assert_eq!(status(json!({ "answer": "deny" })), 2);
    assert_eq!(status(json!({ "answer": "error" })), 2);
    assert_eq!(status(json!({ "status": 404 })), 2);
    assert_eq!(status(json!({ "status": null })), 2);
    assert_eq!(status(json!({ "status": null, "because": null })), 0);
}

#[test]
fn a_pseudonym_stays_one() {
    let sealed = json!({
        "pseudonym": "07".repeat(16),
        "quarter": "2026-Q4",
        "sealed": "",
        "subject": "06".repeat(16),
    });
    let changes = json!({ "principal": sealed, "address": sealed, "path": sealed });
    let event = made("request", &changes).unwrap();
    assert_eq!(event["actor"]["user"], json!({ "uid": "07".repeat(16) }));
    assert_eq!(event["src_endpoint"], json!({ "uid": "07".repeat(16) }));
}

#[test]
fn what_a_class_needs_and_nobody_recorded_is_said_to_be_so() {
    let changes = json!({ "principal": null, "address": null, "session": null, "answer": null });
    let event = made("request", &changes).unwrap();
    assert_eq!(event["actor"], json!({ "app_name": "not recorded" }));
    assert_eq!(event["src_endpoint"], json!({ "name": "not recorded" }));
    let scanner = made("request", &json!({ "address": null, "seen_by": "scanner" })).unwrap();
    assert_eq!(scanner["src_endpoint"], json!({ "svc_name": "avouch" }));
}
