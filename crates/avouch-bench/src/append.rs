//! Our ledger as callers see it: each record counts when it is safe.

use super::clocks::{Clocks, percentiles};
use super::material::{begin, record, with};
use anyhow::Result;
use avouch_ledger::format::Record;
use avouch_ledger::log::Ledger;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

/// Appends with so many on their way at once: one thread, which waits for the oldest when there are
/// that many.
pub(crate) fn append(records: u64, in_flight: usize, plain: bool, folder: &Path) -> Result<Value> {
    let ledger = begin(folder)?;
    // Made before, as a gateway has its record before it asks; a ring of them, to spare memory.
    let whole = |number| match record(number) {
        // The same bytes, all of them in the body.
        Record { kind, terms, mut body } if plain => {
            body.extend(terms.iter().flat_map(|term| [&[0; 3][..], &term.value].concat()));
            Record::new(kind, Vec::new(), body)
        }
        found => found,
    };
    let made: Vec<Record> = (0..records.min(8192)).map(whole).collect();
    let mut acknowledged = Vec::with_capacity(usize::try_from(records)?);
    let mut waiting: VecDeque<(u64, Duration)> = VecDeque::with_capacity(in_flight);
    let clocks = Clocks::start()?;
    for next in made.iter().cycle().take(usize::try_from(records)?) {
        if waiting.len() >= in_flight {
            settle(&ledger, &clocks, &mut waiting, &mut acknowledged)?;
        }
        let asked = clocks.wall();
        waiting.push_back((ledger.append("default", next)?, asked));
    }
    while !waiting.is_empty() {
        settle(&ledger, &clocks, &mut waiting, &mut acknowledged)?;
    }
    let told = clocks.told(records)?;
    ledger.close()?;
    Ok(with(with(told, percentiles(acknowledged)), json!({"in_flight": in_flight})))
}

/// Waits for the oldest, and lets go of all that are safe with it.
fn settle(
    ledger: &Ledger,
    clocks: &Clocks,
    waiting: &mut VecDeque<(u64, Duration)>,
    acknowledged: &mut Vec<Duration>,
) -> Result<()> {
    let Some((oldest, _)) = waiting.front() else { return Ok(()) };
    ledger.wait(*oldest)?;
    let (safe, now) = (ledger.durable().size, clocks.wall());
    while let Some((index, asked)) = waiting.front() {
        if *index >= safe {
            break;
        }
        acknowledged.push(now.saturating_sub(*asked));
        waiting.pop_front();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_is_acknowledged() {
        let folder = tempfile::tempdir().unwrap();
        let told = append(300, 16, false, &folder.path().join("ledger")).unwrap();
        assert_eq!(told["records"], 300);
        assert!(told["p50_ms"].as_f64().unwrap() > 0.0);
    }
}
