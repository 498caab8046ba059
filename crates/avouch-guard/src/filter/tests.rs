use super::*;
use crate::refusal::Refusal;
use crate::settings::filter::{Failures, Filter as Settings, Undescribed};
use avouch_catalog::{Catalog, Document, read};
use avouch_model::data_class::DataClass;
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

fn catalog(answers: &str) -> Catalog {
    let yaml = format!(
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses: {answers}\ncomponents:\n  schemas:\n    Tree: {{type: object, properties: {{name: {{type: string}}, below: {{type: array, items: {{$ref: '#/components/schemas/Tree'}}}}}}}}\n"
    );
    let document = Document { name: "api.yaml".into(), bytes: yaml.into_bytes() };
    read(&document, &[]).unwrap().catalog
}

/// A filter of one operation that answers 200 with JSON of that schema.
fn filter(schema: &str, settings: &Settings) -> Filter {
    let answers = format!("{{200: {{content: {{application/json: {{schema: {schema}}}}}}}}}");
    Filter::new(&catalog(&answers), settings).unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        (name, HeaderValue::from_str(value).unwrap())
    });
    pairs.collect()
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

fn plan(filter: &Filter, status: u16, with: &[(&str, &str)], roles: &[&str]) -> AnswerPlan {
    let roles: Vec<_> = roles.iter().map(ToString::to_string).collect();
    let asker = Asker { method: "GET", roles: &roles, tls: true, public: false };
    filter.answer(Some(0), status, &headers(with), &asker)
}

fn rule(filter: &Filter, roles: &[&str]) -> Rule {
    match plan(filter, 200, JSON, roles).body {
        AnswerBody::Run { rule, .. } => rule,
        other => panic!("{other:?}"),
    }
}

fn run(rule: &Rule, body: &str) -> String {
    match rule.run(body.as_bytes()) {
        Ok(filtered) => String::from_utf8(filtered.body.into_owned()).unwrap(),
        Err(Refusal { status, code, .. }) => format!("{status} {code}"),
    }
}

#[test]
fn only_described_properties_leave() {
    let schema = "{type: object, properties: {id: {type: integer}, secret: {type: string, writeOnly: true}, owner: {type: object, properties: {name: {type: string}}}, lines: {type: array, items: {type: object, properties: {n: {}}}}, free: {type: object}, open: {type: object, properties: {a: {}}, additionalProperties: true}}}";
    let filter = filter(schema, &Settings::default());
    let rule = rule(&filter, &[]);
    for (body, expected) in [
        ("{}", "{}"),
        (r#"{"id":1}"#, r#"{"id":1}"#),
        (r#"{"x":1,"id":1}"#, r#"{"id":1}"#),
        (r#"{"id":1,"x":1}"#, r#"{"id":1}"#),
        (r#"{"x":1,"y":{"id":2},"id":1,"z":[{}]}"#, r#"{"id":1}"#),
        (r#"{ "x" : 1 , "y" : 2 }"#, "{ }"),
        (r#"{"id":1,"secret":"a"}"#, r#"{"id":1}"#),
        (r#"{"\u0073ecret":"a","id":1}"#, r#"{"id":1}"#),
        (r#"{"owner":{"role":"a","name":"b"}}"#, r#"{"owner":{"name":"b"}}"#),
        (r#"{"lines":[{"n":1,"m":2},{"m":3},{"n":4}]}"#, r#"{"lines":[{"n":1},{},{"n":4}]}"#),
        (r#"{"free":{"any":1},"open":{"b":2}}"#, r#"{"free":{"any":1},"open":{"b":2}}"#),
        (r#"{"x":1,"id":1,"x":2,"id":3}"#, r#"{"id":1,"id":3}"#),
        (r#"{"id":1"#, "502 answer-malformed"),
        (r#"{"id":1} x"#, "502 answer-malformed"),
        ("", "502 answer-malformed"),
    ] {
        assert_eq!(run(&rule, body), expected, "{body}");
    }
    let untouched = rule.run(br#"{"id":1}"#).unwrap();
    assert!(matches!(untouched.body, std::borrow::Cow::Borrowed(_)));
}

#[test]
fn alternatives_and_recursion_name_together() {
    let schema = "{oneOf: [{type: object, properties: {a: {}}}, {type: object, properties: {b: {$ref: '#/components/schemas/Tree'}}}]}";
    let filter = filter(schema, &Settings::default());
    let body = r#"{"a":1,"b":{"name":"x","z":1,"below":[{"below":[{"below":[{"z":1,"name":"y"}]}]}]},"c":3}"#;
    let expected = r#"{"a":1,"b":{"name":"x","below":[{"below":[{"below":[{"name":"y"}]}]}]}}"#;
    assert_eq!(run(&rule(&filter, &[]), body), expected);
}

#[test]
fn classes_leave_by_role_and_secrets_never() {
    let settings: Settings =
        toml::from_str("classes = { payment-card = [\"admin\"], email = [] }").unwrap();
    let filter = filter("{type: object, additionalProperties: true}", &settings);
    let hash = "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";
    let body = json!({
        "card": "4111 1111 1111 1111",
        "cards": ["4111111111111111", "none", 4_111_111_111_111_111_u64],
        "mail": "write to anna@shop.io today",
        "hash": hash,
        "name": "Anna",
    })
    .to_string();
    let parsed = |roles: &[&str]| -> Value {
        serde_json::from_str(&run(&rule(&filter, roles), &body)).unwrap()
    };
    assert_eq!(parsed(&[]), json!({ "cards": ["none"], "name": "Anna" }));
    let admin = parsed(&["admin"]);
    assert_eq!(admin["card"], "4111 1111 1111 1111");
    assert_eq!(admin["cards"].as_array().unwrap().len(), 3);
    assert_eq!((&admin["mail"], &admin["hash"]), (&Value::Null, &Value::Null));
    let seen = rule(&filter, &["admin"]).run(body.as_bytes()).unwrap();
    assert_eq!(seen.classes.iter().collect::<Vec<_>>(), [DataClass::PaymentCard]);
    assert_eq!(seen.removed, 2);
    assert_eq!(run(&rule(&filter, &[]), "\"anna@shop.io\""), "403 answer-hidden");
    // A name promises what the value alone does not show.
    let settings: Settings = toml::from_str("classes = { password = [] }").unwrap();
    let passwords =
        super::tests::filter("{type: object, properties: {password: {}, pin: {}}}", &settings);
    let body = r#"{"password":"hunter2","pin":"on the board"}"#;
    assert_eq!(run(&rule(&passwords, &[]), body), r#"{"pin":"on the board"}"#);
}

#[test]
fn settings_say_what_becomes_of_what_is_not_described() {
    let schema = "{type: object, properties: {a: {}}}";
    let with = |undescribed| filter(schema, &Settings { undescribed, ..Settings::default() });
    let refuse = with(Undescribed::Refuse);
    assert_eq!(run(&rule(&refuse, &[]), r#"{"a":1,"b":2}"#), "502 answer-undescribed");
    assert_eq!(run(&rule(&with(Undescribed::Keep), &[]), r#"{"a":1,"b":2}"#), r#"{"a":1,"b":2}"#);
    assert!(matches!(plan(&refuse, 418, JSON, &[]).body, AnswerBody::Refuse(_)));
}

#[test]
fn what_an_api_says_when_it_fails_is_replaced() {
    let answers = "{200: {}, 5XX: {content: {application/problem+json: {schema: {type: object, properties: {title: {}}}}}}}";
    let catalog = catalog(answers);
    let with =
        |failures| Filter::new(&catalog, &Settings { failures, ..Settings::default() }).unwrap();
    let problem = &[("content-type", "application/problem+json")];
    let html = &[("content-type", "text/html")];
    let body = |failures, kind| plan(&with(failures), 500, kind, &[]).body;
    assert!(matches!(body(Failures::Replace, problem), AnswerBody::Replace(_)));
    assert!(matches!(body(Failures::Described, problem), AnswerBody::Run { .. }));
    assert!(matches!(body(Failures::Described, html), AnswerBody::Replace(_)));
    assert!(matches!(body(Failures::Keep, html), AnswerBody::Forward));
    let replaced = plan(&with(Failures::Replace), 500, html, &[]);
    let kind = replaced.add.iter().find(|(name, _)| name == "content-type").unwrap();
    assert_eq!(kind.1, "application/problem+json");
}

#[test]
fn headers_that_tell_of_software_go_and_careful_ones_come() {
    let filter =
        filter("{}", &Settings { remove_headers: vec!["X-Node".into()], ..Settings::default() });
    let with = [
        ("content-type", "application/json"),
        ("server", "nginx/1.22"),
        ("x-powered-by", "PHP/8"),
        ("x-node", "7"),
        ("cache-control", "private"),
        ("x-request-id", "a"),
    ];
    let plan = plan(&filter, 200, &with, &[]);
    let removed: Vec<_> = plan.remove.iter().map(HeaderName::as_str).collect();
    assert_eq!(removed, ["server", "x-powered-by", "x-node"]);
    let added: Vec<_> = plan.add.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        added,
        [
            "x-content-type-options",
            "referrer-policy",
            "content-security-policy",
            "strict-transport-security",
        ]
    );
    let asker = Asker { method: "GET", roles: &[], tls: false, public: true };
    let open = filter.answer(Some(0), 200, &HeaderMap::new(), &asker);
    assert!(!open.add.iter().any(|(name, _)| name == "strict-transport-security"));
    assert!(!open.add.iter().any(|(name, _)| name == "cache-control"));
    let wrong = Settings { remove_headers: vec!["a b".into()], ..Settings::default() };
    assert_eq!(Filter::new(&Catalog::empty(), &wrong).unwrap_err(), "a b");
}

#[test]
fn what_cannot_be_looked_at_does_not_leave_unseen() {
    let filter = filter("{}", &Settings::default());
    let gzip = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert!(matches!(plan(&filter, 200, &gzip, &[]).body, AnswerBody::Refuse(_)));
    assert!(matches!(plan(&filter, 204, &gzip, &[]).body, AnswerBody::Forward));
    let text = [("content-type", "text/plain")];
    assert!(matches!(plan(&filter, 200, &text, &[]).body, AnswerBody::Forward));
    // What does not say what it is, is what is described.
    assert!(matches!(plan(&filter, 200, &[], &[]).body, AnswerBody::Run { .. }));
    assert!(matches!(plan(&filter, 404, &[], &[]).body, AnswerBody::Forward));
    let deep = "[".repeat(100_000);
    assert_eq!(run(&rule(&filter, &[]), &deep), "502 answer-malformed");
    let deep = format!("{{\"x\":{deep}");
    let closed = super::tests::filter("{type: object, properties: {a: {}}}", &Settings::default());
    assert_eq!(run(&rule(&closed, &[]), &deep), "502 answer-malformed");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5_i64..6).prop_map(Value::from),
        "[ab\"\\\\é]{0,3}".prop_map(Value::from),
        Just(Value::from("anna@shop.io")),
        Just(Value::from("4111111111111111")),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[abcd]", inner), 0..4).prop_map(|all| Value::Object(all.into_iter().collect())),
        ]
    })
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(json!({})), Just(json!({ "type": "string" }))];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            4 => (vec(("[abc]", inner.clone()), 0..3), any::<bool>()).prop_map(|(all, open)| {
                let named: serde_json::Map<_, _> = all.into_iter().collect();
                if open {
                    json!({ "type": "object", "properties": named, "additionalProperties": true })
                } else {
                    json!({ "type": "object", "properties": named })
                }
            }),
            2 => inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
            1 => vec(inner, 2..4).prop_map(|all| json!({ "anyOf": all })),
        ]
    })
}

/// Whether one value is another one with some parts left out.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|other| is_part(value, other))),
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter().all(|value| rest.any(|other| is_part(value, other)))
        }
        _ => part == whole,
    }
}

/// Whether an object holds a name that its schema does not have.
fn holds_unnamed(value: &Value, schema: &Value) -> bool {
    let named = schema.get("properties").and_then(Value::as_object);
    match (value, named) {
        (Value::Object(entries), Some(named)) if !named.is_empty() => {
            let open = schema.get("additionalProperties").is_some();
            entries.iter().any(|(name, value)| match named.get(name) {
                Some(inner) => holds_unnamed(value, inner),
                None => !open,
            })
        }
        (Value::Array(items), _) => {
            let of = schema.get("items").unwrap_or(&Value::Null);
            items.iter().any(|item| holds_unnamed(item, of))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(500)
    })]

    #[test]
    fn what_leaves_is_a_part_of_what_came(schema in schema(), value in value(), spaced in any::<bool>()) {
        let settings: Settings = toml::from_str("classes = { payment-card = [], email = [] }").unwrap();
        let filter = filter(&schema.to_string(), &settings);
        let rule = rule(&filter, &[]);
        let text = if spaced {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let Ok(filtered) = rule.run(text.as_bytes()) else {
            // Only a value that is hidden as a whole does not leave.
            prop_assert!(value.is_string());
            return Ok(());
        };
        let out = String::from_utf8(filtered.body.into_owned()).unwrap();
        let left: Value = serde_json::from_str(&out).unwrap();
        prop_assert!(is_part(&left, &value), "{} {}", value, left);
        prop_assert!(!out.contains("shop.io") && !out.contains("4111"), "{}", out);
        prop_assert!(!holds_unnamed(&left, &schema), "{} {}", schema, left);
        prop_assert_eq!(filtered.removed == 0, out == text);
        let again = rule.run(out.as_bytes()).unwrap();
        prop_assert_eq!(again.removed, 0);
    }

    #[test]
    fn no_answer_makes_it_panic(schema in schema(), body in vec(any::<u8>(), 0..60)) {
        let filter = filter(&schema.to_string(), &Settings::default());
        let _ = rule(&filter, &[]).run(&body);
    }
}
