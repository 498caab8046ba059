//! Documents made to hurt: deep, circular, repeated, mutated.

use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

fn document(bytes: impl Into<Vec<u8>>) -> Document {
    Document { name: "hostile.yaml".to_owned(), bytes: bytes.into() }
}

fn cause(text: String) -> String {
    read(&document(text), &[]).unwrap_err().to_string()
}

#[test]
fn a_document_that_is_too_deep_is_refused() {
    let json = format!("{{\"openapi\":\"3.0.0\",\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let json = Document { name: "hostile.json".to_owned(), bytes: json.into_bytes() };
    let refused = read(&json, &[]).unwrap_err().to_string();
    assert!(refused.contains("nested more than 128 deep"), "{refused}");
    let mut yaml = "openapi: 3.0.0\nx: &a0 [1]\n".to_owned();
    for at in 1..200 {
        writeln!(yaml, "y{at}: &a{at} [*a{}]", at - 1).unwrap();
    }
    assert!(cause(yaml).contains("nested more than 128 deep"));
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut yaml = "openapi: 3.0.0\nx0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
    for at in 1..12 {
        let aliases = vec![format!("*a{}", at - 1); 10].join(",");
        writeln!(yaml, "x{at}: &a{at} [{aliases}]").unwrap();
    }
    assert!(cause(yaml).contains("values, aliases expanded"));
}

#[test]
fn a_merge_key_bomb_is_refused() {
    let mut yaml = "openapi: 3.0.0\nx: &x {".to_owned();
    for at in 0..3000 {
        write!(yaml, "k{at}: 1,").unwrap();
    }
    yaml.push_str("}\nlist:\n");
    for _ in 0..3000 {
        yaml.push_str("- {<<: *x}\n");
    }
    assert!(cause(yaml).contains("values, aliases expanded"));
}

/// A description whose one answer is the first of these schemas.
fn with_schemas(schemas: &str) -> Document {
    document(format!(
        "{{\"openapi\":\"3.1.0\",\"paths\":{{\"/a\":{{\"get\":{{\"responses\":{{\"200\":{{\"content\":\
         {{\"a/b\":{{\"schema\":{{\"$ref\":\"#/s/0\"}}}}}}}}}}}}}}}},\"s\":{{{schemas}}}}}"
    ))
}

#[test]
fn a_schema_that_doubles_at_each_level_is_shared() {
    let mut schemas = String::new();
    for at in 0..60 {
        let next = format!("{{\"$ref\":\"#/s/{}\"}}", at + 1);
        write!(schemas, "\"{at}\":{{\"properties\":{{\"a\":{next},\"b\":{next}}}}},").unwrap();
    }
    let reading = read(&with_schemas(&format!("{schemas}\"60\":{{}}")), &[]).unwrap();
    let schema = &reading.catalog.operations[0].answers[0].media[0].schema;
    assert!(std::sync::Arc::ptr_eq(&schema.properties["a"], &schema.properties["b"]));
    let made = crate::values::value_filled("", schema, 1, crate::values::Fill::All);
    assert!(made.is_object());
}

#[test]
fn a_chain_of_references_is_cut_at_a_depth() {
    let mut schemas = String::new();
    for at in 0..5000 {
        write!(schemas, "\"{at}\":{{\"items\":{{\"$ref\":\"#/s/{}\"}}}},", at + 1).unwrap();
    }
    let reading = read(&with_schemas(&format!("{schemas}\"5000\":{{}}")), &[]).unwrap();
    let mut schema = reading.catalog.operations[0].answers[0].media[0].schema.clone();
    let mut depth = 0;
    while let Some(items) = schema.items.clone() {
        schema = items;
        depth += 1;
    }
    assert!(depth <= crate::schema::HEIGHT_MAX, "{depth}");
    assert!(schema.cut.is_some());
}

#[test]
fn a_chain_that_is_entered_from_its_end_is_cut_all_the_same() {
    let mut paths = String::new();
    for at in (0..4000).rev().step_by(20) {
        let media = format!("{{content: {{a/b: {{schema: {{$ref: '#/s/{at}'}}}}}}}}");
        write!(paths, "\n  /p{at}: {{get: {{responses: {{200: {media}}}}}}}").unwrap();
    }
    let mut schemas = String::new();
    for at in 0..4000 {
        write!(schemas, "\n  {at}: {{items: {{$ref: '#/s/{}'}}}}", at + 1).unwrap();
    }
    let yaml = format!("openapi: 3.0.0\npaths:{paths}\ns:{schemas}\n  4000: {{}}");
    let reading = read(&document(yaml), &[]).unwrap();
    for operation in &reading.catalog.operations {
        let mut schema = &operation.answers[0].media[0].schema;
        let mut depth = 0;
        while let Some(items) = &schema.items {
            schema = items;
            depth += 1;
        }
        assert!(depth <= crate::schema::HEIGHT_MAX, "{depth}");
    }
}

#[test]
fn schemas_that_all_refer_to_each_other_take_bounded_room() {
    let count = 150;
    let mut paths = String::new();
    for at in 0..count {
        let media = format!("{{content: {{a/b: {{schema: {{$ref: '#/s/{at}'}}}}}}}}");
        write!(paths, "\n  /p{at}: {{get: {{responses: {{200: {media}}}}}}}").unwrap();
    }
    let properties: Vec<_> = (0..count).map(|at| format!("p{at}: {{$ref: '#/s/{at}'}}")).collect();
    let properties = properties.join(", ");
    let schemas: Vec<_> =
        (0..count).map(|at| format!("\n  {at}: {{properties: {{{properties}}}}}")).collect();
    let yaml = format!("openapi: 3.0.0\npaths:{paths}\ns:{}", schemas.concat());
    let reading = read(&document(yaml), &[]).unwrap();
    let mut seen = std::collections::HashSet::new();
    let answers = reading.catalog.operations.iter().flat_map(|operation| &operation.answers);
    let mut open: Vec<_> = answers.map(|answer| &answer.media[0].schema).collect();
    let mut properties = 0;
    while let Some(schema) = open.pop() {
        if seen.insert(std::sync::Arc::as_ptr(schema)) {
            properties += schema.properties.len();
            open.extend(schema.properties.values());
        }
    }
    assert!(properties < 1_000_000, "{properties}");
}

#[test]
fn merging_that_multiplies_is_cut_short() {
    let mut schemas = String::new();
    for at in 0..1500 {
        let all = format!("{{\"$ref\":\"#/s/{}\"}},{{\"properties\":{{\"p{at}\":{{}}}}}}", at + 1);
        write!(schemas, "\"{at}\":{{\"allOf\":[{all}]}},").unwrap();
    }
    let many: Vec<_> = (0..5000).map(|at| format!("\"q{at}\":{{}},")).collect();
    let many = many.concat();
    let wide = format!("\"1500\":{{\"properties\":{{{many}\"z\":{{}}}}}}");
    let reading = read(&with_schemas(&format!("{schemas}{wide}")), &[]).unwrap();
    assert_eq!(reading.catalog.operations.len(), 1);
}

#[test]
fn parts_that_are_shared_by_many_paths_are_counted_as_often_as_used() {
    let parameters: Vec<_> = (0..250).map(|at| format!("{{name: p{at}, in: query}}")).collect();
    let mut yaml =
        format!("openapi: 3.0.0\nx:\n  get: {{parameters: [{}]}}\npaths:", parameters.join(","));
    for at in 0..4000 {
        write!(yaml, "\n  /p{at}: {{$ref: '#/x'}}").unwrap();
    }
    let reading = read(&document(yaml), &[]).unwrap();
    let count: usize = reading.catalog.operations.iter().map(|one| one.parameters.len()).sum();
    assert!((499_000..=500_000).contains(&count), "{count}");
    assert!(reading.catalog.warnings.iter().any(|w| w.message.contains("more than 500000")));
}

#[test]
fn warnings_do_not_grow_without_end() {
    let mut paths = String::new();
    for at in 0..2000 {
        write!(paths, "\n  p{at}: {{get: {{}}}}").unwrap();
    }
    let reading = read(&document(format!("openapi: 3.0.0\npaths:{paths}")), &[]).unwrap();
    assert_eq!(reading.catalog.warnings.len(), 501);
    let last = &reading.catalog.warnings[500].message;
    assert_eq!(last, "there are 3500 more warnings");
}

const SAMPLES: [&str; 4] = [
    include_str!("../../samples/shop-3.0.yaml"),
    include_str!("../../samples/notes-3.1.json"),
    include_str!("../../samples/pets-2.0.yaml"),
    include_str!("../../samples/broken/many-faults.yaml"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&document(bytes), &[]);
    }

    #[test]
    fn no_text_of_the_notations_panics(text in r#"([{}\[\]:,"'&*<!|>#%@?\-~ \n\t0-9a-c$/]|ref|\\u|<<: ){0,120}"#) {
        let _ = read(&document(text.clone()), &[]);
        let _ = read(&document(format!("openapi: 3.1.0\npaths:\n  {text}")), &[]);
    }

    #[test]
    fn no_mutated_sample_panics(
        which in 0..SAMPLES.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..40_usize), 1..6)
    ) {
        let mut bytes = SAMPLES[which].as_bytes().to_vec();
        for (from, to, length) in edits {
            let from = from.index(bytes.len());
            let piece: Vec<u8> = bytes.iter().skip(from).take(length).copied().collect();
            let to = to.index(bytes.len());
            if length % 3 == 0 {
                bytes.drain(to..(to + length).min(bytes.len()));
            } else {
                bytes.splice(to..(to + length % 7).min(bytes.len()), piece);
            }
            if bytes.is_empty() {
                break;
            }
        }
        if let Ok(reading) = read(&document(bytes), &[]) {
            for operation in &reading.catalog.operations {
                for media in &operation.body {
                    let _ = crate::values::body_for(media, 3);
                }
            }
        }
    }
}
