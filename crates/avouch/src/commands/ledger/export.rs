//! `avouch ledger export`

use super::args::{ExportArgs, Form};
use super::csv::Table;
use super::filter::Filter;
use super::outgoing::Outgoing;
use super::parquet::Parquet;
use super::query::{each, parse, question};
use super::reading::Reading;
use super::{Failed, ocsf, place, tell};
use crate::exit::Exit;
use anyhow::anyhow;
use avouch_gateway::record;
use avouch_ledger::format::canonical::to_hex;
use avouch_ledger::log::Ledger;
use avouch_model::coding::{Fact, Later};
use avouch_model::fact;
use avouch_model::fact::export::Export;
use serde_json::Value;
use std::io::{self, IsTerminal};

/// The retention class of what is recorded about exports.
const CLASS: &str = "default";

/// Prints entries in a form that other programs read. With a purpose it is recorded what was taken:
/// the ledger is opened for that before anything is given out.
pub(super) fn run(args: &ExportArgs) -> Result<Exit, Failed> {
    let filter = parse(&args.filter)?;
    let ledger = args.purpose.as_ref().map(|_| place::open(&args.place)).transpose()?;
    let mut reading = Reading::open(&args.place)?;
    let end = reading.size()?;
    let out = Outgoing::default();
    let done = print(args, &filter, &mut reading, &out);
    let Some(ledger) = ledger else {
        // A reader that has seen enough is no error.
        return if out.is_cut_short() { Ok(Exit::Clean) } else { done };
    };
    // However it ended: something was taken.
    keep(args, ledger, end, &out)?;
    done
}

fn print(
    args: &ExportArgs,
    filter: &Filter,
    reading: &mut Reading,
    out: &Outgoing,
) -> Result<Exit, Failed> {
    match args.format {
        Form::Ndjson => all(reading, filter, out, |value| format!("{value}\n"))?,
        Form::Csv => {
            let table = Table(filter.kind().and_then(fact::named));
            out.say(&table.head())?;
            all(reading, filter, out, |value| table.row(value))?;
        }
        Form::Parquet => {
            if io::stdout().is_terminal() {
                let said = anyhow!("a Parquet file is nothing for a terminal");
                return Err(Failed::usage(said).advice("write it to a file: `> entries.parquet`"));
            }
            let mut file = Parquet::new(filter.kind().and_then(fact::named), out)?;
            each(reading, filter, 0..u64::MAX, false, |value| {
                count(value, out);
                file.row(value.clone())
            })?;
            file.end()?;
        }
        Form::Ocsf => return ocsf::export(args, filter, reading, out),
        Form::Proof => {
            let question = if args.filter.is_empty() { None } else { Some(question(filter)?) };
            let written = reading.prove(None, question, args.disclose, out)?;
            out.count(written.entries);
        }
    }
    Ok(Exit::Clean)
}

fn all(
    reading: &mut Reading,
    filter: &Filter,
    out: &Outgoing,
    line: impl Fn(&Value) -> String,
) -> Result<(), Failed> {
    each(reading, filter, 0..u64::MAX, false, |value| {
        count(value, out);
        out.say(&line(value))
    })?;
    Ok(())
}

fn count(value: &Value, out: &Outgoing) {
    if value.get("sealed").is_none() && value.get("unread").is_none() {
        out.count(1);
    } else {
        out.count_unread();
    }
}

/// Records what was taken.
fn keep(args: &ExportArgs, ledger: Ledger, end: u64, out: &Outgoing) -> Result<(), Failed> {
    let id = crate::state::random().map_err(Failed::broken)?;
    let (entries, unreadable) = out.counted();
    let taken = Export {
        id: to_hex(id.first_chunk::<16>().unwrap_or(&[0; 16])),
        form: args.format.name().to_owned(),
        filter: args.filter.clone(),
        first: 0,
        end,
        entries,
        unreadable,
        digest: out.digest(),
        actor: None,
        recipient: args.recipient.clone(),
        purpose: args.purpose.clone(),
        origin: ledger.origin().as_str().to_owned(),
        root: None,
        size: None,
        later: Later::default(),
    };
    let kept = || -> anyhow::Result<u64> {
        let index = ledger.append(CLASS, &record(taken.encode()?))?;
        ledger.wait(index)?;
        ledger.close()?;
        Ok(index)
    };
    let index = kept().map_err(|error| {
        Failed::untested(error.context(anyhow!("the export could not be recorded")))
            .advice("what was printed was taken without a record of it")
    })?;
    tell(&format!("recorded as entry {index}: {entries} entries, digest {}", taken.digest));
    Ok(())
}
