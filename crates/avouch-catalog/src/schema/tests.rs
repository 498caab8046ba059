//! What the samples do not show of schemas.

use crate::reading::{Document, read};
use avouch_model::schema::{Kind, Schema};
use std::sync::Arc;

/// The schemas of two answers of a description in that version.
fn schemas(version: &str, one: &str, other: &str, all: &str) -> (Arc<Schema>, Arc<Schema>) {
    let answer = |schema| format!("{{content: {{a/b: {{schema: {schema}}}}}}}");
    let yaml = format!(
        "openapi: {version}\npaths:\n  /a:\n    get:\n      responses:\n        200: {}\n        400: {}\ns: {all}\n",
        answer(one),
        answer(other)
    );
    let document = Document { name: "a.yaml".to_owned(), bytes: yaml.into_bytes() };
    let reading = read(&document, &[]).unwrap();
    let media = |at: usize| reading.catalog.operations[0].answers[at].media[0].schema.clone();
    (media(0), media(1))
}

#[test]
fn a_schema_in_a_cycle_is_whole_for_one_round_whatever_was_read_first() {
    let all = "{A: {properties: {b: {$ref: '#/s/B'}}}, B: {properties: {a: {$ref: '#/s/A'}}}}";
    let (a, b) = schemas("3.0.0", "{$ref: '#/s/A'}", "{$ref: '#/s/B'}", all);
    assert_eq!(a.properties["b"].properties["a"].cut.as_deref(), Some("#/s/A"));
    let inner = &b.properties["a"].properties["b"];
    assert_eq!((b.cut.as_deref(), b.properties["a"].cut.as_deref()), (None, None));
    assert_eq!(inner.cut.as_deref().or(inner.properties["a"].cut.as_deref()), Some("#/s/A"));
}

#[test]
fn what_stands_beside_a_reference_counts_from_3_1_on() {
    let all = "{A: {type: string, maxLength: 9}}";
    let sibling = "{$ref: '#/s/A', maxLength: 3, description: x}";
    let (old, _) = schemas("3.0.0", sibling, "{}", all);
    assert_eq!((old.length_max, old.description.as_deref()), (Some(9), None));
    let (new, _) = schemas("3.1.0", sibling, "{}", all);
    assert_eq!((new.length_max, new.description.as_deref()), (Some(3), Some("x")));
    assert_eq!(new.kinds, [Kind::String]);
}

#[test]
fn a_reference_to_itself_is_cut() {
    let (a, b) = schemas(
        "3.1.0",
        "{$ref: '#/s/A'}",
        "{$ref: '#/s/B'}",
        "{A: {$ref: '#/s/A'}, B: {$ref: '#/s/B', type: string}}",
    );
    assert_eq!(a.cut.as_deref(), Some("#/s/A"));
    assert_eq!(b.cut.as_deref(), Some("#/s/B"));
}

#[test]
fn exclusive_bounds_are_read_in_both_spellings() {
    let old =
        "{type: integer, minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: true}";
    let new = "{type: number, exclusiveMinimum: 0, exclusiveMaximum: 9}";
    let (old, new) = schemas("3.1.0", old, new, "{}");
    assert_eq!((old.minimum, old.maximum), (Some(1.0), Some(8.0)));
    assert!(new.minimum.is_some_and(|least| least > 0.0));
    assert!(new.maximum.is_some_and(|greatest| greatest < 9.0));
}

#[test]
fn merged_parts_narrow_each_other() {
    let both = "{allOf: [{type: number, minimum: 1, enum: [1, 2, 3], properties: {a: {maxLength: 5}}}, \
                {type: integer, minimum: 2, enum: [2, 3, 4], properties: {a: {type: string, maxLength: 3}}}]}";
    let (merged, other) =
        schemas("3.0.0", both, "{oneOf: [{type: string, format: date}], nullable: true}", "{}");
    assert_eq!(merged.kinds, [Kind::Integer]);
    assert_eq!(merged.minimum, Some(2.0));
    assert_eq!(merged.allowed, [2, 3]);
    assert_eq!(merged.properties["a"].length_max, Some(3));
    assert_eq!(merged.properties["a"].kinds, [Kind::String]);
    assert_eq!(other.format.as_deref(), Some("date"));
    assert_eq!(other.kinds, [Kind::String, Kind::Null]);
}

/// Whether, on every way down, a name of the cycle is met twice before it is cut.
fn is_whole_for_a_round(schema: &Schema, above: &mut Vec<String>) -> bool {
    if let Some(cut) = &schema.cut {
        return above.contains(cut);
    }
    schema.properties.iter().all(|(name, property)| {
        above.push(format!("#/s/{name}"));
        let whole = is_whole_for_a_round(property, above);
        above.pop();
        whole
    })
}

#[test]
fn schemas_that_all_refer_to_each_other_are_cut_only_where_they_come_again() {
    let names = ["A", "B", "C", "D"];
    let property = |name: &str| format!("{name}: {{$ref: '#/s/{name}'}}");
    let all: Vec<_> = names.iter().map(|name| property(name)).collect();
    let schema = |name: &&str| format!("{name}: {{properties: {{{}}}}}", all.join(", "));
    let all: Vec<_> = names.iter().map(schema).collect();
    let all = format!("{{{}}}", all.join(", "));
    for one in names {
        for other in names {
            let refer = |name: &str| format!("{{$ref: '#/s/{name}'}}");
            let (first, second) = schemas("3.0.0", &refer(one), &refer(other), &all);
            assert!(is_whole_for_a_round(&first, &mut vec![format!("#/s/{one}")]), "{one}");
            assert!(
                is_whole_for_a_round(&second, &mut vec![format!("#/s/{other}")]),
                "{one} {other}"
            );
        }
    }
}
