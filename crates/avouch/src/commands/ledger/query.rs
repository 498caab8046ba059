//! `avouch ledger query` and `avouch ledger export`

use super::args::{ExportArgs, Form, PlaceArgs, QueryArgs};
use super::filter::Filter;
use super::show::Opener;
use super::{Failed, answer, place, tell};
use crate::exit::Exit;
use avouch_ledger::keys::KeyRing;
use avouch_ledger::storage::Disk;
use avouch_ledger::view::View;
use serde_json::Value;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The columns of a table.
const COLUMNS: [&str; 6] = ["index", "time_ms", "type", "period", "terms", "body"];

/// Prints the entries that a filter lets through, as lines of JSON.
pub(super) fn query(args: &QueryArgs) -> Result<Exit, Failed> {
    let found = each(&args.place, &args.filter, |value| format!("{value}\n"))?;
    tell(&format!("{found} entries"));
    Ok(Exit::Clean)
}

/// Prints entries in a form that other programs read.
pub(super) fn export(args: &ExportArgs) -> Result<Exit, Failed> {
    match args.format {
        Form::Ndjson => each(&args.place, &args.filter, |value| format!("{value}\n"))?,
        Form::Csv => {
            answer(&format!("{}\r\n", COLUMNS.join(",")))?;
            each(&args.place, &args.filter, row)?
        }
    };
    Ok(Exit::Clean)
}

fn each(
    place: &PlaceArgs,
    words: &[String],
    print: impl Fn(&Value) -> String,
) -> Result<u64, Failed> {
    let filter = Filter::parse(words).map_err(|error| {
        Failed::usage(error).advice(
            "such as `principal=anna`, `operation~/orders`, `.status=500`, `since=2026-11-25`",
        )
    })?;
    let home = place::existing(place)?;
    let storage = Arc::new(Disk::read_only(home.log()));
    let ring = KeyRing::load(storage.as_ref()).map_err(Failed::usage)?;
    let mut opener = Opener::new(ring, place::kek(&home)?);
    let view = View::open(storage).map_err(Failed::usage)?;
    let (mut found, mut said) = (0, Ok(()));
    let walked = view.walk(0, |index, entry| {
        let value = opener.describe(index, entry);
        if !filter.fits(&value) {
            return ControlFlow::Continue(());
        }
        found += 1;
        said = answer(&print(&value));
        if said.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    said?;
    walked.map_err(Failed::usage)?;
    Ok(found)
}

fn row(value: &Value) -> String {
    let cell = |name: &&str| match value.get(*name).or_else(|| match *name {
        "body" => value.get("says"),
        _ => None,
    }) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => quoted(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => quoted(&other.to_string()),
    };
    format!("{}\r\n", COLUMNS.iter().map(cell).collect::<Vec<_>>().join(","))
}

/// A cell after RFC 4180. What a spreadsheet would take for a formula is made plain text.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_cannot_become_a_formula_or_a_second_cell() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        let value = json!({ "index": 3, "time_ms": 5, "type": "hold", "says": { "a": 1 } });
        assert_eq!(row(&value), "3,5,\"hold\",,,\"{\"\"a\"\":1}\"\r\n");
    }
}
