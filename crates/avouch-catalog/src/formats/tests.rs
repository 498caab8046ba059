//! The samples on the formats' pages.

use super::ALL;
use crate::catalog::{Catalog, SecurityScheme};
use crate::reading::{Document, read};
use avouch_model::operation::{Operation, Requirement, Security};
use std::fmt::Write as _;

#[test]
fn each_sample_on_a_page_is_read_as_the_page_says() {
    for descriptor in ALL {
        let blocks = blocks(descriptor.page);
        let mut ran = 0;
        for pair in blocks.windows(2) {
            let [(notation, sample), ("operations", expected)] = pair else { continue };
            ran += 1;
            let document =
                Document { name: format!("sample.{notation}"), bytes: sample.clone().into_bytes() };
            let reading = read(&document, &[]).unwrap();
            assert_eq!(shown(&reading.catalog), *expected, "{} sample {ran}", descriptor.id);
        }
        assert!(ran > 0, "the page of {} has no samples", descriptor.id);
        assert_eq!(ran * 2, blocks.len(), "a block of {} is not run", descriptor.id);
    }
}

/// Fenced blocks of a page with their notation.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(notation) = line.strip_prefix("```") {
            let inside: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((notation, inside.join("\n") + "\n"));
        }
    }
    blocks
}

/// A catalogue as the pages write it.
fn shown(catalog: &Catalog) -> String {
    let mut text = String::new();
    for server in &catalog.servers {
        writeln!(text, "server {server}").unwrap();
    }
    for (name, scheme) in &catalog.schemes {
        let what = match scheme {
            SecurityScheme::ApiKey { name, place } => format!("{} {name}", place.name()),
            SecurityScheme::Http { scheme, .. } => format!("http {scheme}"),
            SecurityScheme::OAuth2 { flows } => {
                format!("oauth2 {}", flows.keys().cloned().collect::<Vec<_>>().join(", "))
            }
            SecurityScheme::OpenIdConnect { url } => format!("openid {url}"),
            SecurityScheme::MutualTls => "mutual TLS".to_owned(),
        };
        writeln!(text, "scheme {name}: {what}").unwrap();
    }
    for operation in &catalog.operations {
        writeln!(text, "{}", operation_shown(operation)).unwrap();
    }
    for warning in &catalog.warnings {
        let line = warning.place.as_ref().map_or(0, |place| place.line);
        writeln!(text, "line {line}: {}", warning.message).unwrap();
    }
    text
}

fn operation_shown(operation: &Operation) -> String {
    let mut text = operation.id.0.clone();
    let parameters: Vec<_> =
        operation.parameters.iter().map(|p| format!("{} {}", p.place.name(), p.name)).collect();
    if !parameters.is_empty() {
        write!(text, " ({})", parameters.join(", ")).unwrap();
    }
    for media in &operation.body {
        let named = |name: &String| {
            let must = if media.schema.required.contains(name) { "!" } else { "" };
            format!("{name}{must}")
        };
        let properties: Vec<_> = media.schema.properties.keys().map(named).collect();
        write!(text, " body {} {{{}}}", media.media_type, properties.join(", ")).unwrap();
    }
    let security = match &operation.security {
        Security::Undeclared => String::new(),
        Security::Open => " open".to_owned(),
        Security::Optional(any) => format!(" optional {}", requirements(any)),
        Security::Required(any) => format!(" needs {}", requirements(any)),
    };
    text += &security;
    if !operation.roles.is_empty() {
        write!(text, ", roles {}", operation.roles.join(" ")).unwrap();
    }
    if operation.deprecated {
        text += ", deprecated";
    }
    if let Some(day) = &operation.sunset {
        write!(text, ", ends {day}").unwrap();
    }
    let statuses: Vec<_> = operation.answers.iter().map(|answer| &*answer.status).collect();
    if !statuses.is_empty() {
        write!(text, " → {}", statuses.join(" ")).unwrap();
    }
    text
}

fn requirements(any: &[Requirement]) -> String {
    let scheme = |(name, scopes): &(String, Vec<String>)| match scopes.as_slice() {
        [] => name.clone(),
        scopes => format!("{name}[{}]", scopes.join(" ")),
    };
    let all = |one: &Requirement| one.schemes.iter().map(scheme).collect::<Vec<_>>().join("+");
    any.iter().map(all).collect::<Vec<_>>().join(" or ")
}
