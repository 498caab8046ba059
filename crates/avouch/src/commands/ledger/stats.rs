//! `avouch ledger stats`

// Writing to a string does not fail: the results are left out.
use super::args::StatsArgs;
use super::{Failed, answer, many, place, put, witnesses};
use crate::exit::Exit;
use avouch_ledger::format::control::{Act, Control};
use avouch_ledger::format::{EntryHeader, RECORD};
use avouch_ledger::storage::Disk;
use avouch_ledger::view::View;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

#[derive(Default)]
struct Counted {
    bytes: u64,
    first_ms: Option<u64>,
    last_ms: u64,
    kinds: BTreeMap<&'static str, u64>,
    classes: BTreeMap<String, u64>,
    periods: BTreeMap<u32, String>,
}

impl Counted {
    fn take(&mut self, entry: &[u8]) {
        self.bytes += entry.len() as u64;
        let Ok((header, payload)) = EntryHeader::parse(entry) else { return };
        self.first_ms.get_or_insert(header.time_ms);
        self.last_ms = header.time_ms;
        let name = match header.kind {
            RECORD => "record",
            kind => Act::name_of(kind).unwrap_or("unknown"),
        };
        *self.kinds.entry(name).or_default() += 1;
        if header.kind == RECORD {
            let class = self.periods.get(&header.period).cloned().unwrap_or_default();
            *self.classes.entry(class).or_default() += 1;
        } else if let Ok(Control { act: Act::PeriodOpen { period, class, .. }, .. }) =
            Control::parse(header.kind, payload)
        {
            self.periods.insert(period, class);
        }
    }
}

/// Counts entries.
pub(super) fn run(args: &StatsArgs) -> Result<Exit, Failed> {
    let home = place::existing(&args.place)?;
    let view = View::open(Arc::new(Disk::read_only(home.log()))).map_err(Failed::usage)?;
    let mut counted = Counted::default();
    let size = view
        .walk(0, |_, entry| {
            counted.take(entry);
            ControlFlow::Continue(())
        })
        .map_err(Failed::usage)?;
    let Counted { bytes, first_ms, last_ms, kinds, classes, periods } = &counted;
    let witnessed = witnesses::witnessed(&home)?;
    let text = if args.json {
        let mut value = json!({
            "entries": size,
            "bytes": bytes,
            "segments": view.segments(),
            "first_ms": first_ms,
            "last_ms": last_ms,
            "types": kinds,
            "records_by_class": classes,
            "periods": periods.len(),
        });
        if let Some(found) = &witnessed {
            put(&mut value, "witnessed", witnesses::in_json(found));
        }
        format!("{value}\n")
    } else {
        let mut text = format!(
            "{} in {}, {bytes} bytes, {}\n",
            many(size, "entry", "entries"),
            many(view.segments(), "segment", "segments"),
            many(periods.len(), "period", "periods")
        );
        for (name, count) in kinds {
            let _ = writeln!(text, "  {count:>10}  {name}");
        }
        text += &witnessed.as_ref().map(witnesses::in_words).unwrap_or_default();
        text
    };
    answer(&text)?;
    Ok(Exit::Clean)
}
