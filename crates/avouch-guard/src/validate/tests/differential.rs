//! Compared with what others say of the same schemas, values and texts.

use super::super::cursor::Stop;
use super::super::judge::Judge;
use super::super::shape::{ANY, Shape};
use super::{judged, validator, with_body};
use crate::settings::validate::{Bounds, Unknown, Validate};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-5_i64..6).prop_map(Value::from),
        prop_oneof![Just(1.5), Just(2.0), Just(-0.5)].prop_map(Value::from),
        "[ab]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[abc]", inner), 0..4)
                .prop_map(|entries| { Value::Object(entries.into_iter().collect::<Map<_, _>>()) }),
        ]
    })
}

/// Keywords of a schema that stand alone, with their values.
fn keyword() -> impl Strategy<Value = (&'static str, Value)> {
    let number = |name| (-4_i64..5).prop_map(move |n| (name, json!(n)));
    let count = |name| (0_u64..4).prop_map(move |n| (name, json!(n)));
    prop_oneof![
        number("minimum"),
        number("maximum"),
        number("exclusiveMinimum"),
        number("exclusiveMaximum"),
        prop_oneof![Just(2.0), Just(0.5), Just(3.0)].prop_map(|of| ("multipleOf", json!(of))),
        count("minLength"),
        count("maxLength"),
        count("minItems"),
        count("maxItems"),
        count("minProperties"),
        count("maxProperties"),
        any::<bool>().prop_map(|unique| ("uniqueItems", json!(unique))),
        prop_oneof![Just("^a"), Just("b$"), Just("^[ab]+$"), Just("a{2}")]
            .prop_map(|pattern| ("pattern", json!(pattern))),
        vec(value(), 1..4).prop_map(|values| ("enum", json!(values))),
        proptest::collection::btree_set("[abc]", 0..3).prop_map(|names| ("required", json!(names))),
    ]
}

fn kinds() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![
        Just("null"),
        Just("boolean"),
        Just("integer"),
        Just("number"),
        Just("string"),
        Just("array"),
        Just("object")
    ];
    prop_oneof![
        3 => Just(json!("object")),
        2 => Just(json!("array")),
        1 => kind.clone().prop_map(Value::from),
        1 => proptest::collection::btree_set(kind, 1..4).prop_map(|kinds| json!(kinds)),
    ]
}

/// A schema whose type is always stated: without one, ours reads `properties` as the promise of an
/// object. Parts of `allOf` say nothing of other properties: ours takes that to be said of the whole.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = (kinds(), vec(keyword(), 0..3)).prop_map(|(kinds, keywords)| {
        let mut schema: Map<String, Value> =
            keywords.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        schema.insert("type".into(), kinds);
        Value::Object(schema)
    });
    leaf.prop_recursive(3, 20, 3, |inner| {
        let named = |name: &'static str, of: BoxedStrategy<Value>| of.prop_map(move |v| (name, v));
        let one = inner.clone().boxed();
        let some = vec(inner.clone(), 1..4).prop_map(Value::from).boxed();
        let map = |key: &'static str| {
            vec((key, inner.clone()), 1..4)
                .prop_map(|all| Value::Object(all.into_iter().collect::<Map<_, _>>()))
                .boxed()
        };
        let applied = prop_oneof![
            4 => named("properties", map("[abc]")),
            1 => named("patternProperties", map("\\^[ab]")),
            1 => named("additionalProperties", one.clone()),
            1 => Just(("additionalProperties", json!(false))),
            3 => named("items", one),
            1 => named("prefixItems", some.clone()),
            2 => named("oneOf", some.clone()),
            2 => named("anyOf", some.clone()),
            2 => named("allOf", some),
        ];
        (kinds(), vec(keyword(), 0..2), vec(applied, 1..4)).prop_map(|(kinds, plain, applied)| {
            let all = plain.into_iter().chain(applied);
            let mut schema: Map<String, Value> =
                all.map(|(name, value)| (name.to_owned(), value)).collect();
            schema.insert("type".into(), kinds);
            Value::Object(schema)
        })
    })
}

/// Whether parts of `allOf`, or the schema around them, speak of properties they do not name.
fn speaks_of_others_in_parts(schema: &Value) -> bool {
    let of_others = |schema: &Value| {
        let text = schema.to_string();
        text.contains("additionalProperties") || text.contains("patternProperties")
    };
    match schema {
        Value::Object(entries) => {
            // One alternative alone is a part like those of `allOf`.
            let alone = |key| entries.get(key).and_then(Value::as_array).map(Vec::len) == Some(1);
            let parts = entries.contains_key("allOf") || alone("oneOf") || alone("anyOf");
            parts && of_others(schema) || entries.values().any(speaks_of_others_in_parts)
        }
        Value::Array(items) => items.iter().any(speaks_of_others_in_parts),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 1_000_000,
        failure_persistence: None,
        ..ProptestConfig::with_cases(2_000)
    })]

    #[test]
    fn we_say_what_another_implementation_says(
        schema in schema(),
        values in vec(value(), 1..8),
    ) {
        prop_assume!(!speaks_of_others_in_parts(&schema));
        let other = jsonschema::options().should_validate_formats(false).build(&schema).unwrap();
        let catalog = with_body(&schema.to_string());
        let lenient = Validate { unknown_properties: Unknown::Allow, ..Validate::default() };
        let lenient = validator(&catalog, &lenient);
        let strict = validator(&catalog, &Validate::default());
        prop_assert!(lenient.unchecked().is_empty(), "{:?}", lenient.unchecked());
        for value in values {
            let text = value.to_string();
            let said = judged(&lenient, &text);
            prop_assert_eq!(said == "ok", other.is_valid(&value), "{} {} {}", schema, value, said);
            // Refusing what is not described never lets more pass.
            if judged(&strict, &text) == "ok" {
                prop_assert!(other.is_valid(&value), "{} {}", schema, value);
            }
        }
    }

    #[test]
    fn we_read_what_another_reader_reads(
        value in value(),
        at in any::<prop::sample::Index>(),
        put in "[\\[\\]{}\",:0-9a-zA-Z\\\\.+ \u{0}-\u{2}é-]{0,3}",
        drop in 0_usize..3,
    ) {
        let mut text: Vec<char> = value.to_string().chars().collect();
        let at = at.index(text.len() + 1);
        let end = (at + drop).min(text.len());
        text.splice(at..end, put.chars());
        let text: String = text.into_iter().collect();
        let shapes = [Shape::any()];
        let ours = Judge::judge(&shapes, ANY, &Bounds::default(), true, &text);
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        match ours {
            Ok(outcome) => {
                prop_assert!(outcome.is_ok());
                prop_assert!(theirs, "{}", text);
            }
            Err(Stop::Malformed) => prop_assert!(!theirs, "{}", text),
            // Theirs takes the last of two and reads any number of digits.
            Err(Stop::Repeated | Stop::Beyond(_)) => (),
            Err(Stop::TooComplex) => prop_assert!(false, "{}", text),
        }
    }

    #[test]
    fn nothing_that_is_sent_makes_it_panic(schema in schema(), body in vec(any::<u8>(), 0..60)) {
        let validator = validator(&with_body(&schema.to_string()), &Validate::default());
        let _ = validator.body(0, Some("application/json"), &body);
    }
}
