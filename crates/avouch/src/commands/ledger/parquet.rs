//! Entries as an Apache Parquet file, for tools that ask over millions of them.
//!
//! The columns are those of the table in `csv.rs`, typed: numbers without sign, truths, texts; a field
//! that may stand several times is JSON. What an entry does not have is null.

use super::Failed;
use super::csv::{COLUMNS, ENTRY_COLUMNS};
use super::outgoing::Outgoing;
use avouch_model::coding::{Form, Kind, Times};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use serde_json::Value;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are gathered before they are written: this bounds the memory.
const ROWS: usize = 16_384;

/// What a column holds.
#[derive(Clone, Copy, Debug)]
enum Cell {
    Number,
    YesNo,
    Text,
}

#[derive(Clone, Copy, Debug)]
struct Column {
    name: &'static str,
    cell: Cell,
    /// Whether it is a field of the kind's facts.
    of_fact: bool,
}

/// A file that is being written.
pub(super) struct Parquet<'a> {
    kind: Option<&'static Kind>,
    columns: Vec<Column>,
    rows: Vec<Value>,
    writer: SerializedFileWriter<Shared>,
    written: Shared,
    out: &'a Outgoing,
}

impl<'a> Parquet<'a> {
    /// Begins a file: of entries of any kind, or of facts of one.
    pub(super) fn new(kind: Option<&'static Kind>, out: &'a Outgoing) -> Result<Self, Failed> {
        let columns = columns(kind);
        let written = Shared::default();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("avouch".to_owned())
            .build();
        let made = schema(&columns)
            .and_then(|schema| {
                SerializedFileWriter::new(written.clone(), schema, Arc::new(properties))
            })
            .map_err(Failed::broken)?;
        Ok(Self { kind, columns, rows: Vec::new(), writer: made, written, out })
    }

    /// Takes an entry.
    pub(super) fn row(&mut self, value: Value) -> Result<(), Failed> {
        self.rows.push(value);
        if self.rows.len() >= ROWS { self.group() } else { Ok(()) }
    }

    /// Ends the file.
    pub(super) fn end(mut self) -> Result<(), Failed> {
        if !self.rows.is_empty() {
            self.group()?;
        }
        self.writer.finish().map_err(Failed::broken)?;
        self.out.bytes(&self.written.take())
    }

    /// Writes the gathered rows.
    fn group(&mut self) -> Result<(), Failed> {
        let rows = std::mem::take(&mut self.rows);
        self.columns_of(&rows).map_err(Failed::broken)?;
        self.out.bytes(&self.written.take())
    }

    fn columns_of(&mut self, rows: &[Value]) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        let mut columns = self.columns.iter();
        while let Some(mut writer) = group.next_column()? {
            let Some(column) = columns.next() else { break };
            let cells = rows.iter().map(|row| found(row, *column, self.kind));
            write(writer.untyped(), cells)?;
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }
}

fn columns(kind: Option<&'static Kind>) -> Vec<Column> {
    let of_entry = |name: &'static str| Column {
        name,
        cell: if matches!(name, "index" | "time_ms") { Cell::Number } else { Cell::Text },
        of_fact: false,
    };
    let Some(kind) = kind else { return COLUMNS.into_iter().map(of_entry).collect() };
    let fields = kind.fields.iter().map(|field| Column {
        name: field.name,
        cell: match (field.form, field.times) {
            (Form::Number, Times::Once | Times::AtMostOnce) => Cell::Number,
            (Form::YesNo, Times::Once | Times::AtMostOnce) => Cell::YesNo,
            _ => Cell::Text,
        },
        of_fact: true,
    });
    ENTRY_COLUMNS.into_iter().map(of_entry).chain(fields).collect()
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.cell {
            Cell::Number => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Cell::YesNo => (Physical::BOOLEAN, None),
            Cell::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        field.build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder("entry").with_fields(fields).build().map(Arc::new)
}

/// What of an entry stands in a column.
fn found<'v>(row: &'v Value, column: Column, kind: Option<&Kind>) -> Option<&'v Value> {
    let found = if column.of_fact {
        // Lines of other programs may call themselves anything: only the record's own kind counts.
        let is_fact = row.get("kind").and_then(Value::as_str) == kind.map(|kind| kind.name);
        row.get("body").filter(|_| is_fact)?.get(column.name)
    } else {
        let says = || row.get("says").filter(|_| column.name == "body");
        row.get(column.name).or_else(says)
    };
    found.filter(|value| !value.is_null())
}

fn write<'v>(
    writer: &mut ColumnWriter<'_>,
    cells: impl Iterator<Item = Option<&'v Value>>,
) -> Result<(), ParquetError> {
    let mut levels = Vec::new();
    match writer {
        ColumnWriter::Int64ColumnWriter(writer) => {
            // The bits of a number without sign; the column's logical type says so.
            let number = |value: &Value| value.as_u64().map(u64::cast_signed);
            let values = kept(cells, number, &mut levels);
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let values = kept(cells, Value::as_bool, &mut levels);
            writer.write_batch(&values, Some(&levels), None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let text = |value: &Value| Some(ByteArray::from(shown(value).into_bytes()));
            let values = kept(cells, text, &mut levels);
            writer.write_batch(&values, Some(&levels), None)?;
        }
        _ => return Err(ParquetError::General("a column of no type of ours".to_owned())),
    }
    Ok(())
}

/// The values that are there, and for each row whether it has one.
fn kept<'v, T>(
    cells: impl Iterator<Item = Option<&'v Value>>,
    read: impl Fn(&Value) -> Option<T>,
    levels: &mut Vec<i16>,
) -> Vec<T> {
    let mut values = Vec::new();
    for cell in cells {
        let value = cell.and_then(&read);
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    values
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Where the writer writes; what is there is printed after each group.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::fact;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::{Field, Row};
    use serde_json::json;

    /// What another reader of the format reads.
    fn read(kind: Option<&'static Kind>, rows: &[Value]) -> Vec<Value> {
        let out = Outgoing::default();
        let mut file = Parquet::new(kind, &out).unwrap();
        for row in rows {
            file.rows.push(row.clone());
        }
        file.columns_of(&file.rows.clone()).unwrap();
        file.writer.finish().unwrap();
        let mut whole = tempfile::tempfile().unwrap();
        whole.write_all(&file.written.take()).unwrap();
        let reader = SerializedFileReader::new(whole).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        let value = |field: &Field| match field {
            Field::ULong(number) => json!(number),
            Field::Str(text) => json!(text),
            Field::Bool(truth) => json!(truth),
            Field::Null => Value::Null,
            other => panic!("{other:?}"),
        };
        let object = |row: Row| {
            let cells = row.get_column_iter().map(|(name, field)| (name.clone(), value(field)));
            Value::Object(cells.collect())
        };
        rows.map(|row| object(row.unwrap())).collect()
    }

    #[test]
    fn columns_are_typed_and_what_is_missing_is_null() {
        let control =
            json!({ "index": 3, "time_ms": u64::MAX, "type": "hold", "says": { "a": 1 } });
        let fact = json!({ "index": 4, "time_ms": 6, "type": "record", "body": { "b": "=1" } });
        let rows = read(None, &[control, fact]);
        assert_eq!(rows[0]["index"], 3);
        assert_eq!(rows[0]["time_ms"], u64::MAX);
        assert_eq!(rows[0]["body"], "{\"a\":1}");
        assert_eq!(rows[0]["terms"], Value::Null);
        assert_eq!(rows[1]["body"], "{\"b\":\"=1\"}");
    }

    #[test]
    fn facts_of_one_kind_have_a_column_for_each_field() {
        let kind = fact::named("training").unwrap();
        let body = json!({ "person": "anna", "event": "completed" });
        let of = |kind: &str| json!({ "index": 3, "time_ms": 5, "leaf": "00", "kind": kind, "body": &body });
        let rows = read(Some(kind), &[of("training"), of("json")]);
        assert_eq!(rows[0]["person"], "anna");
        assert_eq!(rows[1]["person"], Value::Null);
        assert_eq!(rows[0].as_object().unwrap().len(), kind.fields.len() + ENTRY_COLUMNS.len());
    }
}
