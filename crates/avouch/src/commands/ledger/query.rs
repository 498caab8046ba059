//! `avouch ledger query`

use super::args::QueryArgs;
use super::filter::Filter;
use super::reading::Reading;
use super::{Failed, answer, many, tell};
use crate::exit::Exit;
use anyhow::{Context, anyhow};
use avouch_ledger::search::Question;
use serde_json::Value;
use std::ops::Range;

/// Prints the entries that a filter lets through, as lines of JSON.
pub(super) fn query(args: &QueryArgs) -> Result<Exit, Failed> {
    let filter = parse(&args.filter)?;
    let question = args.prove.as_ref().map(|_| question(&filter)).transpose()?;
    let mut reading = Reading::open(&args.place)?;
    let range = args.from..args.below.unwrap_or(u64::MAX);
    let found = each(&mut reading, &filter, range.clone(), args.scan, |value| {
        answer(&format!("{value}\n"))
    })?;
    tell(&many(found, "entry", "entries"));
    if let (Some(file), Some(question)) = (&args.prove, question) {
        let out = std::fs::File::create_new(file)
            .with_context(|| format!("the proof `{}`", file.display()))
            .map_err(|error| Failed::usage(error).advice("name a file that is not there yet"))?;
        let below = args.below.map(|below| args.from..below);
        let range = below.or((args.from > 0).then_some(args.from..u64::MAX));
        let proven = reading.prove(range, Some(question), args.disclose, out)?;
        tell(&format!(
            "proven under the checkpoint of {} entries, in `{}`; check it with `avouch ledger prove --check` or `verify.py export`",
            proven.size,
            file.display()
        ));
    }
    Ok(Exit::Clean)
}

pub(super) fn parse(words: &[String]) -> Result<Filter, Failed> {
    Filter::parse(words).map_err(|error| {
        Failed::usage(error).advice(
            "such as `principal=anna`, `operation~/orders`, `.status=500`, `since=2026-11-25`",
        )
    })
}

/// What can be proven: that these are all entries with one value.
pub(super) fn question(filter: &Filter) -> Result<Question, Failed> {
    let (field, value) = filter.only().ok_or_else(|| {
        Failed::usage(anyhow!("completeness can be proven for one value of one field only"))
            .advice("ask for exactly one, such as `principal=anna`")
    })?;
    Ok(Question { field, value: value.as_bytes().to_vec() })
}

/// Shows the entries that a filter lets through, and says what was passed over.
pub(super) fn each(
    reading: &mut Reading,
    filter: &Filter,
    range: Range<u64>,
    scan: bool,
    mut show: impl FnMut(&Value) -> Result<(), Failed>,
) -> Result<u64, Failed> {
    let (mut found, mut said) = (0, Ok(()));
    let searched = reading.each(filter, range, scan, |value| {
        found += 1;
        said = show(value);
        said.is_ok()
    })?;
    said?;
    if searched.without_postings > 0 {
        tell(&format!(
            "{} missing or wrong: their entries were read instead",
            many(searched.without_postings, "part of the index is", "parts of the index are")
        ));
    }
    if searched.without_key > 0 {
        tell(&format!(
            "{} passed over: there is no key",
            many(searched.without_key, "part of the index was", "parts of the index were")
        ));
    }
    Ok(found)
}
