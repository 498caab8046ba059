//! The sheets, tables and samples of the populations, computed again from their rows.

use super::files::Files;
use super::kinds::Proven;
use super::ledger::member;
use super::report::Report;
use super::rows::RowReader;
use crate::canonical;
use crate::engagement::Engagement;
use crate::populations::{Definition, table_head, table_line};
use crate::samples::{Drawing, Plan};
use avouch_ledger::format::canonical::from_hex;
use avouch_ledger::merkle::{Frontier, Hash};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};

/// LIMIT: bytes of a line of a table.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// How far a bound may be off, in parts per million: the last digit of another's arithmetic.
const BOUND_SLACK_PPM: u64 = 2;

/// Judges all of them.
pub(crate) fn judge(files: &Files, proven: &Proven, engagement: &Engagement, report: &mut Report) {
    for definition in Definition::all().unwrap_or_default() {
        let Some(tally) = tally(files, &definition, report) else { continue };
        judge_sheet(files, &definition, &tally, (proven, engagement), report);
        judge_sample(files, &definition, &tally, (proven, engagement), report);
    }
}

/// What the rows of a population come to.
struct Tally {
    tree: Frontier,
    first: Option<u64>,
    last: Option<u64>,
    withheld: u64,
}

/// Counts the rows, and compares each with its line of the table. Nothing if a row is none.
fn tally(files: &Files, definition: &Definition, report: &mut Report) -> Option<Tally> {
    let mut rows = RowReader::open(files, &definition.name)?;
    let name = format!("populations/{}.csv", definition.name);
    let mut table = files.reader(&name).map(Table::new);
    let mut tally = Tally { tree: Frontier::new(), first: None, last: None, withheld: 0 };
    let mut compare = |expected: Option<String>| {
        if let Some(line) = table.as_mut().and_then(|table| table.differs(expected)) {
            let what = "it does not say what the population says";
            report.add("table-changed", &name, Some(format!("line {line}")), what);
        }
    };
    compare(Some(table_head(definition)));
    while let Some(row) = rows.next() {
        let row = row.ok()?;
        compare(Some(table_line(definition, &row)));
        tally.tree.push(row.leaf);
        tally.first = Some(tally.first.map_or(row.index, |first| first.min(row.index)));
        tally.last = Some(tally.last.map_or(row.index, |last| last.max(row.index)));
        tally.withheld += u64::from(!row.withheld.is_empty());
    }
    compare(None);
    Some(tally)
}

/// A table that is compared line by line, until the first that differs.
struct Table {
    from: BufReader<File>,
    line: u64,
    over: bool,
}

impl Table {
    fn new(from: BufReader<File>) -> Self {
        Self { from, line: 0, over: false }
    }

    /// The number of the line that is not as expected; nothing behind the first of them.
    fn differs(&mut self, expected: Option<String>) -> Option<u64> {
        if self.over {
            return None;
        }
        self.line += 1;
        let mut line = Vec::new();
        // A text in a cell may hold newlines: as many bytes as are expected are compared.
        let wanted = expected.unwrap_or_default();
        let most = (wanted.len() as u64).clamp(1, LINE_BYTES_MAX);
        let read = self.from.by_ref().take(most).read_to_end(&mut line);
        self.over = read.is_err() || line != wanted.as_bytes();
        self.over.then_some(self.line)
    }
}

fn judge_sheet(
    files: &Files,
    definition: &Definition,
    tally: &Tally,
    (proven, engagement): (&Proven, &Engagement),
    report: &mut Report,
) {
    let name = format!("populations/{}.ipe.json", definition.name);
    if !files.has(&name) {
        return;
    }
    let sheet = files.json(&name).unwrap_or_default();
    let digest = |end: &str| {
        let file = format!("populations/{}.{end}", definition.name);
        files.digest(&file).map(|(_, hash)| hash.to_hex()).unwrap_or_default()
    };
    let sources: Vec<&str> = crate::writing::proven_kinds()
        .map(|kind| kind.name)
        .filter(|kind| definition.has_kind(kind))
        .collect();
    let purged: u64 = sources.iter().filter_map(|kind| proven.kinds.get(kind)).sum();
    let number = canonical::number;
    let mut sorted = sources;
    sorted.sort_unstable();
    let expected = [
        ("count", number(tally.tree.size())),
        ("covered_until_ms", number(proven.last_ms.unwrap_or(0))),
        ("digest", json!(digest("ndjson"))),
        ("first", json!(tally.first.map(number))),
        ("last", json!(tally.last.map(number))),
        (
            "parameters",
            json!({
                "from_ms": number(engagement.period.from_ms),
                "timezone": "UTC",
                "to_ms": number(engagement.period.to_ms),
            }),
        ),
        ("population_root", json!(tally.tree.root().to_hex())),
        ("purged_parts", number(purged)),
        ("sources", json!(sorted)),
        ("table_digest", json!(digest("csv"))),
        ("type", json!(definition.name)),
        ("withheld", number(tally.withheld)),
    ];
    for (member_name, value) in expected {
        if member(&sheet, member_name) != &value {
            let what = "the sheet says something else than the rows and proofs";
            report.add("sheet-changed", &name, Some(member_name.to_owned()), what);
        }
    }
}

fn judge_sample(
    files: &Files,
    definition: &Definition,
    tally: &Tally,
    (proven, engagement): (&Proven, &Engagement),
    report: &mut Report,
) {
    let name = format!("samples/{}.json", definition.name);
    let (Some(root), true) = (proven.root, files.has(&name)) else { return };
    let sample = files.json(&name).unwrap_or_default();
    let nonce = member(&sample, "nonce").as_str().and_then(from_hex);
    let nonce: Option<[u8; 16]> = nonce.and_then(|nonce| nonce.try_into().ok());
    let Some(nonce) = nonce.filter(|nonce| engagement.is_nonce(nonce)) else {
        let what = "it is not the nonce that the auditor committed to";
        return report.add("sample-nonce", &name, None, what);
    };
    let plan = Plan { nonce, root, table: &engagement.sampling };
    let Some(expected) = expected(files, definition, plan, tally) else { return };
    compare(&name, &sample, &expected, report);
}

/// The sample as it must be.
fn expected(
    files: &Files,
    definition: &Definition,
    plan: Plan<'_>,
    tally: &Tally,
) -> Option<Value> {
    let population: (u64, Hash) = (tally.tree.size(), tally.tree.root());
    let mut drawing = Drawing::begin(definition, plan, population);
    let mut rows = RowReader::open(files, &definition.name)?;
    while let Some(row) = rows.next() {
        drawing.push(&row.ok()?);
    }
    Some(drawing.finish())
}

fn compare(name: &str, sample: &Value, expected: &Value, report: &mut Report) {
    let what = "it is not what anyone draws again";
    let members = expected.as_object().into_iter().flatten();
    for (member_name, value) in members {
        let said = member(sample, member_name);
        if member_name == "items" {
            let empty = Vec::new();
            let (said, wanted) =
                (said.as_array().unwrap_or(&empty), value.as_array().unwrap_or(&empty));
            for at in 0..said.len().max(wanted.len()) {
                if said.get(at) != wanted.get(at) {
                    report.add("sample-changed", name, Some(format!("item {}", at + 1)), what);
                }
            }
        } else if member_name == "bound_ppm" {
            let near = match (said.as_u64(), value.as_u64()) {
                (Some(said), Some(wanted)) => said.abs_diff(wanted) <= BOUND_SLACK_PPM,
                _ => said == value,
            };
            if !near {
                report.add("sample-changed", name, Some(member_name.clone()), what);
            }
        } else if said != value {
            report.add("sample-changed", name, Some(member_name.clone()), what);
        }
    }
    let known = |name: &String| expected.get(name).is_some();
    for unknown in sample.as_object().into_iter().flatten().map(|(name, _)| name) {
        if !known(unknown) {
            report.add("sample-changed", name, Some(unknown.clone()), what);
        }
    }
}

/// Whether a bound is what the counts come to.
pub(crate) fn is_bound(said: &Value, wanted: Option<u64>) -> bool {
    match (said.as_u64(), wanted) {
        (Some(said), Some(wanted)) => said.abs_diff(wanted) <= BOUND_SLACK_PPM,
        (None, None) => said.is_null(),
        _ => false,
    }
}

/// The lines of a reader, for who needs no more.
pub(crate) fn lines(from: BufReader<File>) -> impl Iterator<Item = Option<Vec<u8>>> {
    let mut from = from;
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        match from.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(line.strip_suffix(b"\n").map(<[u8]>::to_vec)),
            Err(_) => Some(None),
        }
    })
}
