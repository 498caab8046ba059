//! How much work a description is, measured.
//!
//! The tests that run always count work; the one that is ignored measures seconds and megabytes:
//! `cargo test -p avouch-catalog measured -- --ignored --nocapture`.

use super::*;
use std::fmt::Write as _;

/// A description of so many operations on half as many paths, in JSON, with a schema for each path
/// that refers to its neighbours, and text to make it long.
fn generated(operations: usize, filling_bytes: usize) -> String {
    let filling = "x".repeat(filling_bytes);
    let mut json =
        "{\"openapi\":\"3.0.3\",\n\"info\":{\"title\":\"G\",\"version\":\"1\"},\n\"paths\":{\n"
            .to_owned();
    let paths = operations / 2;
    for at in 0..paths {
        let schema = format!("{{\"$ref\":\"#/components/schemas/S{at}\"}}");
        let body = format!("{{\"content\":{{\"application/json\":{{\"schema\":{schema}}}}}}}");
        let comma = if at + 1 == paths { "" } else { "," };
        writeln!(
            json,
            "\"/r{at}/{{id}}\": {{\"parameters\":[{{\"name\":\"id\",\"in\":\"path\",\"schema\":{{\"type\":\"string\"}}}}],\n\
             \"get\":{{\"summary\":\"{filling}\",\"responses\":{{\"200\":{body}}}}},\n\
             \"put\":{{\"requestBody\":{body},\"responses\":{{\"200\":{body}}}}}}}{comma}"
        )
        .unwrap();
    }
    json.push_str("},\n\"components\":{\"schemas\":{\n");
    for at in 0..paths {
        let comma = if at + 1 == paths { "" } else { "," };
        writeln!(
            json,
            "\"S{at}\": {{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{{\"name\":{{\"type\":\"string\",\"description\":\"{filling}\"}},\n\
             \"next\":{{\"$ref\":\"#/components/schemas/S{}\"}},\"half\":{{\"$ref\":\"#/components/schemas/S{}\"}}}}}}{comma}",
            (at + 1).min(paths - 1),
            at / 2
        )
        .unwrap();
    }
    json.push_str("}}}\n");
    json
}

fn read_text(text: &str) -> Reading {
    read(&Document { name: "generated.json".to_owned(), bytes: text.as_bytes().to_vec() }, &[])
        .unwrap()
}

#[test]
fn a_thousand_operations_are_read() {
    let reading = read_text(&generated(1000, 20));
    assert_eq!(reading.catalog.operations.len(), 1000);
    assert!(
        reading.catalog.warnings.iter().all(|w| w.message.contains("`id`")),
        "{:?}",
        reading.catalog.warnings
    );
}

/// Counts distinct schemas a catalogue holds.
fn schemas_in(catalog: &Catalog) -> usize {
    let mut seen = std::collections::HashSet::new();
    let mut open = Vec::new();
    for operation in &catalog.operations {
        open.extend(operation.parameters.iter().map(|parameter| &parameter.schema));
        let answers = operation.answers.iter().flat_map(|answer| &answer.media);
        open.extend(operation.body.iter().chain(answers).map(|media| &media.schema));
    }
    while let Some(schema) = open.pop() {
        if seen.insert(std::sync::Arc::as_ptr(schema)) {
            open.extend(schema.properties.values().chain(&schema.items).chain(&schema.variants));
        }
    }
    seen.len()
}

#[test]
fn the_work_grows_no_faster_than_the_description() {
    let small = schemas_in(&read_text(&generated(250, 1)).catalog);
    let large = schemas_in(&read_text(&generated(1000, 1)).catalog);
    assert!(large <= small * 5, "{small} schemas became {large}");
}

#[test]
fn many_references_to_one_schema_cost_one_schema() {
    let reading = read_text(&references(20_000));
    let schema = &reading.catalog.operations[0].answers[0].media[0].schema;
    assert_eq!(schema.properties.len(), 20_000);
    assert_eq!(schemas_in(&reading.catalog), 2);
}

/// A description with one answer whose schema has so many references to another.
fn references(count: usize) -> String {
    let mut json = "{\"openapi\":\"3.0.3\",\"paths\":{\"/a\":{\"get\":{\"responses\":{\"200\":{\"content\":{\"a/b\":{\"schema\":{\"properties\":{\n".to_owned();
    for at in 0..count {
        let comma = if at + 1 == count { "" } else { "," };
        writeln!(json, "\"p{at}\":{{\"$ref\":\"#/s\"}}{comma}").unwrap();
    }
    json.push_str("}}}}}}}}},\"s\":{\"type\":\"string\"}}");
    json
}

/// Resident memory in MB, where the system says.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kb.unwrap_or(0) / 1024
}

#[test]
#[ignore = "measures seconds, which differ between machines; run with `cargo xtask test --long`"]
fn measured() {
    let measure = |what: &str, name: &str, text: String| {
        #[expect(clippy::disallowed_methods, reason = "a measurement is about time")]
        let begun = std::time::Instant::now();
        let megabytes = text.len() / 1_000_000;
        let document = Document { name: name.to_owned(), bytes: text.into_bytes() };
        let outcome = read(&document, &[]).map(|reading| reading.catalog.operations.len());
        let peak = resident_mb();
        println!("{what}: {megabytes} MB, {outcome:?}, {:?}, peak {peak} MB", begun.elapsed());
    };
    for count in [1000, 2000, 4000, 8000] {
        measure(&format!("{count} operations, JSON"), "g.json", generated(count, 200));
    }
    // The same text through the reader of YAML, which a name alone does not reach.
    for count in [1000, 4000] {
        let yaml = format!("---\n{}", generated(count, 200));
        measure(&format!("{count} operations, YAML"), "g.yaml", yaml);
    }
    measure("500,000 references", "g.json", references(500_000));
    measure("1,000,000 references", "g.json", references(1_000_000));
    measure("50 MB of text", "g.json", generated(20_000, 1900));
    measure("50 MB of structure", "g.json", generated(160_000, 1));
    measure("50 MB of YAML", "g.yaml", format!("---\n{}", generated(20_000, 1900)));
}
