//! `avouch ledger append`

// Writing to a string does not fail: the results are left out.
use super::args::AppendArgs;
use super::copies::Copies;
use super::{Failed, answer, facts, kinds, many, personal, place, tell};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::format::{Record, Term, fields};
use avouch_ledger::log::{AppendError, Ledger, Level, WaitError};
use avouch_model::coding::Kind;
use avouch_model::fact::JSON_KIND;
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{BufRead, Read};
use std::sync::Arc;

/// LIMIT: bytes of a line; what fits an entry is less.
const LINE_BYTES_MAX: u64 = 65_536;

/// LIMIT: records that are on their way to the disk at once.
const IN_FLIGHT_MAX: usize = 16_384;

/// Appends each line of standard input. A line that is no JSON ends it: what came before is kept.
pub(super) fn run(args: &AppendArgs) -> Result<Exit, Failed> {
    let kind = args.kind.as_deref().map(kinds::named).transpose()?;
    for name in &args.personal {
        personal::field(name)?;
    }
    let level = args.copies.level()?;
    let ledger = Arc::new(place::open(&args.place)?);
    let copies = Copies::start(&args.place, &ledger, &args.copies)?;
    let mut waiting = VecDeque::new();
    let read = read_lines(&ledger, args, (kind, level), &mut waiting);
    let acknowledged = settle(&ledger, (args, level), &mut waiting, 0);
    let copies = copies.end();
    let closed = Arc::into_inner(ledger).map(place::close).transpose();
    copies.finish();
    let Counted { safe, lost } = read?;
    acknowledged?;
    let size = closed?.map_or(0, |summary| summary.size);
    if lost > 0 {
        tell(&format!("{} lost, as the log says too", many(lost, "record was", "records were")));
    }
    if !args.json {
        let records = many(safe, "record is", "records are");
        tell(&format!("{records} safe; the ledger has {size} entries"));
    }
    Ok(Exit::Clean)
}

/// Records that were taken, and that were not.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    safe: u64,
    lost: u64,
}

fn read_lines(
    ledger: &Ledger,
    args: &AppendArgs,
    (kind, level): (Option<&Kind>, Level),
    waiting: &mut VecDeque<u64>,
) -> Result<Counted, Failed> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    let mut counts = Counted::default();
    // One that waits for nobody is not held back here either.
    let in_flight = if args.lose_rather_than_wait { usize::MAX } else { IN_FLIGHT_MAX };
    loop {
        line.clear();
        let read = input.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
        if read.context("standard input cannot be read").map_err(Failed::usage)? == 0 {
            return Ok(counts);
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let made = match kind {
            Some(kind) => facts::of_line(kind, text, args.seal_persons.then_some(ledger)),
            None if args.personal.is_empty() => record(text),
            None => personal::sealed(ledger, &args.personal, text),
        };
        let count = counts.safe + counts.lost;
        let record = made.map_err(|error| {
            Failed::usage(error.context(format!("line {} of the input", count + 1)))
                .advice(format!("the {count} records before it were kept"))
        })?;
        let appended = if args.lose_rather_than_wait {
            ledger.append_or_lose(&args.class, &record)
        } else {
            ledger.append(&args.class, &record).map(Some)
        };
        match appended.map_err(|error| refused(error, count))? {
            Some(index) => {
                waiting.push_back(index);
                counts.safe += 1;
            }
            None => counts.lost += 1,
        }
        settle(ledger, (args, level), waiting, in_flight)?;
    }
}

fn refused(error: AppendError, count: u64) -> Failed {
    let error = match error {
        AppendError::Stopped(stop) => return place::stopped(stop),
        other => other,
    };
    let advice = match &error {
        AppendError::Class(_) => {
            "classes are named with `--class` when a ledger is begun".to_owned()
        }
        AppendError::Seal(_) => format!("the {count} records before it were kept"),
        _ => "what was not acknowledged may be lost; append it again".to_owned(),
    };
    Failed::usage(error).advice(advice)
}

/// Tells of records that have become safe, and waits until no more than so many are not.
fn settle(
    ledger: &Ledger,
    (args, level): (&AppendArgs, Level),
    waiting: &mut VecDeque<u64>,
    in_flight: usize,
) -> Result<(), Failed> {
    if waiting.len() > in_flight
        && let Some(index) = waiting.get(waiting.len() - in_flight - 1)
    {
        ledger.wait_for(*index, level).map_err(|error| match error {
            WaitError::Stopped(stop) => place::stopped(stop),
            error @ WaitError::NoSuchPlace(_) => Failed::broken(error),
        })?;
    }
    let safe = ledger.durable().at(level).unwrap_or(0);
    let mut said = String::new();
    while let Some(index) = waiting.front().copied().filter(|index| *index < safe) {
        waiting.pop_front();
        if args.json {
            let _ = writeln!(said, "{{\"index\":{index}}}");
        }
    }
    if said.is_empty() { Ok(()) } else { answer(&said) }
}

/// Makes a record of a line: members that are named like a field are what it can be found by.
fn record(line: &[u8]) -> anyhow::Result<Record> {
    let value: Value = serde_json::from_slice(line).context("it is not JSON")?;
    let Value::Object(members) = &value else { return Err(anyhow!("it is not a JSON object")) };
    let term = |(field, name): &(u8, &str)| {
        let value = match members.get(*name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(Term { field: *field, value: value.into_bytes() })
    };
    Ok(Record::new(JSON_KIND, fields::NAMES.iter().filter_map(term).collect(), line.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_found_by_the_members_that_are_named_like_a_field() {
        let record =
            record(br#"{"principal":"anna","object":7,"other":"x","trace":null}"#).unwrap();
        let terms: Vec<(u8, &[u8])> =
            record.terms.iter().map(|term| (term.field, &term.value[..])).collect();
        assert_eq!(terms, [(fields::PRINCIPAL, &b"anna"[..]), (fields::OBJECT, &b"7"[..])]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(record(b"[1]").is_err());
        assert!(record(b"{").is_err());
    }
}
