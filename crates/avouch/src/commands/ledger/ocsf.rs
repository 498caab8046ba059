//! `avouch ledger export --format ocsf`

use super::args::ExportArgs;
use super::filter::Filter;
use super::outgoing::Outgoing;
use super::reading::Reading;
use super::{Failed, place, tell};
use crate::exit::Exit;
use avouch_report::ocsf::{self, Entry};
use serde_json::Value;
use std::collections::BTreeMap;

/// What did not become an event.
#[derive(Debug, Default)]
struct LeftOut {
    /// Facts for which OCSF has no class, by kind.
    classless: BTreeMap<String, u64>,
}

/// Prints the facts that a filter lets through as events of OCSF, one a line, and says what was left
/// out. What cannot be read makes the export one that is not whole.
pub(super) fn export(
    args: &ExportArgs,
    filter: &Filter,
    reading: &mut Reading,
    out: &Outgoing,
) -> Result<Exit, Failed> {
    let origin = place::existing(&args.place)?.identity().map_err(Failed::usage)?;
    let (mut left_out, mut said) = (LeftOut::default(), Ok(()));
    let searched = reading.each(filter, 0..u64::MAX, false, |value| {
        if value.get("type").and_then(Value::as_str) != Some("record") {
            return true;
        }
        match event(value, origin.name()) {
            Made::Event(event) => {
                out.count(1);
                said = out.say(&format!("{event}\n"));
            }
            Made::Classless(kind) => *left_out.classless.entry(kind).or_default() += 1,
            Made::Unread => out.count_unread(),
        }
        said.is_ok()
    })?;
    said?;
    let (events, unread) = out.counted();
    tell(&format!("{events} events of OCSF {}", ocsf::VERSION));
    for (kind, count) in &left_out.classless {
        tell(&format!("left out, because OCSF has no class for it: {kind} ({count})"));
    }
    if searched.without_key > 0 {
        let parts = searched.without_key;
        tell(&format!("{parts} parts of the index were passed over: there is no key for them"));
    }
    if unread == 0 {
        return Ok(Exit::Clean);
    }
    tell(&format!("not whole: {unread} records could not be read"));
    Ok(Exit::Untested)
}

enum Made {
    Event(Value),
    Classless(String),
    Unread,
}

fn event(value: &Value, origin: &str) -> Made {
    let text = |name| value.get(name).and_then(Value::as_str);
    let number = |name| value.get(name).and_then(Value::as_u64).unwrap_or_default();
    let is_read = value.get("unread").is_none() && value.get("sealed").is_none();
    let (Some(kind), Some(body), true) = (text("kind"), value.get("body"), is_read) else {
        return Made::Unread;
    };
    let entry = Entry {
        origin,
        index: number("index"),
        time_ms: number("time_ms"),
        leaf: text("leaf").unwrap_or_default(),
    };
    match ocsf::event(kind, body, &entry) {
        Ok(Some(event)) => Made::Event(event),
        Ok(None) => Made::Classless(kind.to_owned()),
        Err(_) => Made::Unread,
    }
}
