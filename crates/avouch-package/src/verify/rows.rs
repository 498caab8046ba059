//! The rows of a population as the package has them, compared with what the proofs show.

use super::files::Files;
use super::report::Report;
use crate::populations::{Definition, Row};
use avouch_ledger::merkle::Hash;
use avouch_model::fact;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

/// LIMIT: bytes of a row.
const ROW_BYTES_MAX: u64 = 1 << 20;

/// Reads rows one after another.
#[derive(Debug)]
pub(crate) struct RowReader {
    from: BufReader<File>,
    line: u64,
}

impl RowReader {
    pub(crate) fn open(files: &Files, name: &str) -> Option<Self> {
        Self::of(files, &format!("populations/{name}.ndjson"))
    }

    /// The rows of a file.
    pub(crate) fn of(files: &Files, file: &str) -> Option<Self> {
        Some(Self { from: files.reader(file)?, line: 0 })
    }

    /// The next row; `Err` with the number of a line that is none.
    pub(crate) fn next(&mut self) -> Option<Result<Row, u64>> {
        let mut line = Vec::new();
        self.line += 1;
        let read = self.from.by_ref().take(ROW_BYTES_MAX).read_until(b'\n', &mut line);
        match read {
            Ok(0) => None,
            Ok(_) => Some(Row::parse(&line).map_err(|_| self.line)),
            Err(_) => Some(Err(self.line)),
        }
    }
}

/// What a proof shows of a record.
pub(crate) enum Expected {
    /// Everything.
    Whole(Row),
    /// That it is there; what it says is management's word.
    Sealed {
        kind: &'static str,
        index: u64,
        leaf: Hash,
        time_ms: u64,
        withheld: Map<String, Value>,
    },
}

impl Expected {
    fn key(&self) -> (u16, u64) {
        match self {
            Self::Whole(row) => (number(&row.kind), row.index),
            Self::Sealed { kind, index, .. } => (number(kind), *index),
        }
    }

    fn is(&self, row: &Row) -> bool {
        match self {
            Self::Whole(known) => known == row,
            Self::Sealed { leaf, time_ms, withheld, .. } => {
                (row.leaf, row.time_ms) == (*leaf, *time_ms) && row.withheld == *withheld
            }
        }
    }
}

fn number(kind: &str) -> u16 {
    fact::named(kind).map_or(0, |kind| kind.number)
}

/// A population that is compared.
#[derive(Debug)]
pub(crate) struct Comparing {
    pub(crate) definition: Definition,
    file: String,
    rows: Option<RowReader>,
    next: Option<Row>,
}

impl Comparing {
    pub(crate) fn begin(files: &Files, definition: Definition, report: &mut Report) -> Self {
        let file = format!("populations/{}.ndjson", definition.name);
        let rows = RowReader::open(files, &definition.name);
        let mut comparing = Self { definition, file, rows, next: None };
        comparing.advance(report);
        comparing
    }

    fn advance(&mut self, report: &mut Report) {
        self.next = None;
        match self.rows.as_mut().and_then(RowReader::next) {
            None => (),
            Some(Ok(row)) => self.next = Some(row),
            Some(Err(line)) => {
                self.rows = None;
                report.add(
                    "row-malformed",
                    &self.file,
                    Some(format!("line {line}")),
                    "it is no row",
                );
            }
        }
    }

    /// Takes in a record that must be there.
    pub(crate) fn expect(&mut self, expected: &Expected, report: &mut Report) {
        let wanted = expected.key();
        while let Some(row) = &self.next {
            let key = (number(&row.kind), row.index);
            if key > wanted {
                break;
            }
            if key == wanted {
                if !expected.is(row) {
                    self.tell(
                        "row-changed",
                        wanted.1,
                        "it does not say what the ledger says",
                        report,
                    );
                }
                return self.advance(report);
            }
            self.tell("row-unproven", key.1, "the ledger does not show it in this period", report);
            self.advance(report);
        }
        if self.rows.is_some() {
            self.tell(
                "row-missing",
                wanted.1,
                "the ledger holds it and the population does not",
                report,
            );
        }
    }

    /// Passes over the rows of a kind of which nothing is proven.
    pub(crate) fn skip(&mut self, kind: u16, report: &mut Report) {
        while self.next.as_ref().is_some_and(|row| number(&row.kind) == kind) {
            self.advance(report);
        }
    }

    /// Tells of what is left.
    pub(crate) fn end(mut self, report: &mut Report) {
        while let Some(row) = &self.next {
            self.tell(
                "row-unproven",
                row.index,
                "the ledger does not show it in this period",
                report,
            );
            self.advance(report);
        }
    }

    fn tell(&self, code: &'static str, index: u64, what: &str, report: &mut Report) {
        report.add(code, &self.file, Some(format!("entry {index}")), what);
    }
}
