//! A population as a table for people: CSV, which says nothing that its rows do not.

use super::definition::Definition;
use super::row::Row;
use crate::time;
use serde_json::Value;

/// The first line.
pub fn head(definition: &Definition) -> String {
    let fixed = ["entry", "time", "kind"].into_iter();
    let names = fixed.chain(definition.columns.iter().map(String::as_str)).chain(["leaf"]);
    csv(names.map(str::to_owned))
}

/// The line of a row.
pub fn line(definition: &Definition, row: &Row) -> String {
    let begin = [row.index.to_string(), time::text(row.time_ms), row.kind.clone()].into_iter();
    let cell = |name: &String| {
        if row.withheld.contains_key(name) {
            "(withheld)".to_owned()
        } else {
            row.fact.get(name).map(plain).unwrap_or_default()
        }
    };
    csv(begin.chain(definition.columns.iter().map(cell)).chain([row.leaf.to_hex()]))
}

/// A value in one cell: a person's pseudonym stands for the person.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join("; "),
        Value::Object(members) => {
            members.get("pseudonym").and_then(Value::as_str).unwrap_or("?").to_owned()
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn csv(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| cell_of(&cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell that no spreadsheet takes for a formula, and that ends where it should.
fn cell_of(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}
