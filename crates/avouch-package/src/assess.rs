//! What the facts of the ledger say about each control, folded by `avouch-prove`.

use crate::books::{Books, Keys};
use crate::engagement::Engagement;
use crate::seen::{Inventory, Seen};
use crate::writing::BuildError;
use avouch_ledger::format::control::{Act, Control};
use avouch_ledger::format::{EntryHeader, RECORD, Record};
use avouch_ledger::keys::open_record;
use avouch_ledger::search::{Entries, Found};
use avouch_prove::assess::assess_all;
use avouch_prove::assessment::Assessed;
use avouch_prove::conclude::{Concluded, conclude};
use avouch_prove::entry::{Entry, ReadError, Said};
use avouch_prove::history::History;
use avouch_prove::period::Period;
use avouch_prove::score::{self, Point, Score};
use avouch_prove::settings::Settings;
use std::ops::ControlFlow;

/// The judgement.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) assessed: Vec<Assessed>,
    pub(crate) concluded: Vec<Concluded>,
    pub(crate) score: Score,
    pub(crate) points: Vec<Point>,
    /// What the facts show of the API itself.
    pub(crate) seen: Seen,
    /// The time of the ledger's first entry.
    pub(crate) begun_ms: Option<u64>,
}

/// Folds all facts under the checkpoint.
pub(crate) fn judge(
    books: &Books,
    keys: &mut Keys,
    engagement: &Engagement,
    settings: &Settings,
    covered_until_ms: u64,
) -> Result<Judged, BuildError> {
    let period = Period { from_ms: engagement.period.from_ms, to_ms: engagement.period.to_ms };
    // What has not happened yet is not missing yet.
    let period = period.until(covered_until_ms.saturating_add(1)).unwrap_or(period);
    let mut history = History::new(period);
    let mut inventory = Inventory::default();
    let mut begun_ms = None;
    let origin_hash = books.origin_hash();
    let mut entries = Entries::open(books.storage.clone())?;
    entries.walk(0..books.signed.size, |index, found| {
        let Found::Entry(entry) = found else { return ControlFlow::Continue(()) };
        let Ok((header, payload)) = EntryHeader::parse(&entry) else {
            return ControlFlow::Continue(());
        };
        if index == 0 {
            begun_ms = Some(header.time_ms);
        }
        if header.kind == RECORD {
            let opened = keys
                .of(header.period)
                .and_then(|keys| open_record(keys, &origin_hash, &header, payload).ok());
            let of = (&mut history, &mut inventory);
            add(of, index, header.time_ms, opened.as_ref());
        } else if let Ok(Control { act: Act::Gap { count, reason, .. }, .. }) =
            Control::parse(header.kind, payload)
        {
            history.missed(index, header.time_ms, count, &reason);
        }
        ControlFlow::Continue(())
    })?;
    let assessed = assess_all(&history, settings);
    let concluded = conclude(&assessed, &history, settings);
    let score = score::of(&score::standings(&assessed), settings, period.to_ms);
    let points = score::series(&history, settings);
    let seen = Seen::of(inventory, &history);
    Ok(Judged { assessed, concluded, score, points, seen, begun_ms })
}

fn add(
    (history, inventory): (&mut History, &mut Inventory),
    index: u64,
    time_ms: u64,
    record: Option<&Record>,
) {
    match record.map(|record| Said::read(record.kind, &record.body)) {
        Some(Ok(Some(fact))) => {
            if let Said::Request(request) = &fact
                && history.period.holds(time_ms)
            {
                inventory.add(request);
            }
            history.add(Entry { index, time_ms, fact });
        }
        // A line of JSON of another program is no fact.
        Some(Ok(None)) => (),
        // A fact that we can read and that no control is judged by.
        Some(Err(ReadError::Kind(kind))) if avouch_model::fact::find(kind).is_some() => (),
        Some(Err(_)) | None => history.unreadable(index, time_ms),
    }
}
