//! Entries as a table, after RFC 4180.

use avouch_model::coding::Kind;
use serde_json::Value;

/// The columns of a table of entries of any kind.
pub(super) const COLUMNS: [&str; 6] = ["index", "time_ms", "type", "period", "terms", "body"];

/// The columns before those of a kind's fields.
pub(super) const ENTRY_COLUMNS: [&str; 3] = ["index", "time_ms", "leaf"];

/// A table: of entries of any kind, or of facts of one kind with a column for each field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table(pub(super) Option<&'static Kind>);

impl Table {
    /// The first line.
    pub(super) fn head(self) -> String {
        let Some(kind) = self.0 else { return line(COLUMNS.map(str::to_owned)) };
        let fields = kind.fields.iter().map(|field| field.name);
        line(ENTRY_COLUMNS.into_iter().chain(fields).map(str::to_owned))
    }

    /// The line of an entry. Of what is no fact of the kind, or cannot be read, the columns of the
    /// fields are empty.
    pub(super) fn row(self, value: &Value) -> String {
        let Some(kind) = self.0 else {
            let cells = COLUMNS.map(|name| match (name, value.get(name)) {
                ("body", None) => cell(value.get("says")),
                (_, found) => cell(found),
            });
            return line(cells);
        };
        let entry = ENTRY_COLUMNS.iter().map(|name| cell(value.get(*name)));
        // Lines of other programs may call themselves anything: only the record's own kind counts.
        let is_fact = value.get("kind").and_then(Value::as_str) == Some(kind.name);
        let body = value.get("body").filter(|_| is_fact);
        let field = |name: &str| cell(body.and_then(|body| body.get(name)));
        line(entry.chain(kind.fields.iter().map(|known| field(known.name))))
    }
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().collect::<Vec<_>>().join(",") + "\r\n"
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => quoted(text),
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => quoted(&other.to_string()),
    }
}

/// A cell after RFC 4180. What a spreadsheet would take for a formula is made plain text, and what
/// would steer a terminal is replaced.
fn quoted(text: &str) -> String {
    let steers = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    let text = text.replace(steers, "\u{fffd}");
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::fact;
    use serde_json::json;

    #[test]
    fn a_cell_cannot_become_a_formula_or_a_second_cell() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("a\u{1b}[31m\nb"), "\"a\u{fffd}[31m\nb\"");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        let value = json!({ "index": 3, "time_ms": 5, "type": "hold", "says": { "a": 1 } });
        assert_eq!(Table(None).row(&value), "3,5,\"hold\",,,\"{\"\"a\"\":1}\"\r\n");
    }

    #[test]
    fn facts_of_one_kind_have_a_column_for_each_field() {
        let table = Table(fact::named("training"));
        assert!(table.head().starts_with("index,time_ms,leaf,person,event,course,"));
        let columns = table.head().matches(',').count();
        let body = json!({ "person": "anna", "event": "completed", "course": "c-1" });
        let value =
            json!({ "index": 3, "time_ms": 5, "leaf": "00", "kind": "training", "body": &body });
        let row = table.row(&value);
        assert!(row.starts_with("3,5,\"00\",\"anna\",\"completed\",\"c-1\","), "{row}");
        assert_eq!(row.matches(',').count(), columns);
        for (kind, body) in [("training", json!("0102")), ("json", body)] {
            let other =
                json!({ "index": 3, "time_ms": 5, "leaf": "00", "kind": kind, "body": body });
            assert_eq!(table.row(&other), format!("3,5,\"00\"{}\r\n", ",".repeat(columns - 2)));
        }
    }
}
