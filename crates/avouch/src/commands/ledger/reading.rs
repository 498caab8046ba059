//! A ledger that is read with its keys: by its index where that helps, else from end to end.

use super::args::PlaceArgs;
use super::filter::Filter;
use super::show::Opener;
use super::{Failed, personal, place};
use anyhow::anyhow;
use avouch_ledger::format::control::{Act, Control};
use avouch_ledger::format::{EntryHeader, Record};
use avouch_ledger::keys::{IndexKey, KeyRing, Secret32, record_key};
use avouch_ledger::note::{Checkpoint, Note};
use avouch_ledger::search::{
    Blinded, Entries, Exported, Exporting, Found, Question, Search, Searched, Shown,
};
use avouch_ledger::storage::{Disk, read_whole};
use serde_json::Value;
use std::io::{BufWriter, Write};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// LIMIT: bytes of the genesis and of a checkpoint.
const NOTE_BYTES_MAX: u64 = 16 * 1024;

/// A record as it was read.
pub(crate) enum Read<'a> {
    /// As it stands in the ledger.
    Record(&'a Record),
    /// As JSON, with what is personal shown.
    Shown { kind: &'a str, body: &'a Value },
    /// There is no key for it, or it is gone.
    Unreadable,
    /// No record: the ledger says that so many records were lost, and why.
    Gap { count: u64, because: &'a str },
}

/// A ledger that is read.
pub(crate) struct Reading {
    storage: Arc<Disk>,
    ring: KeyRing,
    opener: Opener,
}

impl Reading {
    pub(crate) fn open(place: &PlaceArgs) -> Result<Self, Failed> {
        let home = place::existing(place)?;
        let storage = Arc::new(Disk::read_only(home.log()));
        let ring = KeyRing::load(storage.as_ref()).map_err(Failed::usage)?;
        let vault = personal::vault(&home, &ring)?;
        let opener = Opener::new(ring.clone(), place::kek(&home, &ring)?).revealing(vault);
        Ok(Self { storage, ring, opener })
    }

    /// Entries it has.
    pub(super) fn size(&self) -> Result<u64, Failed> {
        let mut entries = Entries::open(self.storage.clone()).map_err(Failed::usage)?;
        entries.size().map_err(Failed::usage)
    }

    /// When the ledger began, in milliseconds since 1970.
    pub(crate) fn begun_ms(&self) -> Result<Option<u64>, Failed> {
        let mut entries = Entries::open(self.storage.clone()).map_err(Failed::usage)?;
        let first = entries.get(0).map_err(Failed::usage)?;
        Ok(match first {
            Some(Found::Entry(entry)) => {
                EntryHeader::parse(&entry).ok().map(|(header, _)| header.time_ms)
            }
            _ => None,
        })
    }

    /// Gives every record to a reader, with its index and time. What is personal is shown as far as its
    /// subject is known, so that a person is the same person in every quarter.
    pub(crate) fn facts(&mut self, mut each: impl FnMut(u64, u64, Read<'_>)) -> Result<(), Failed> {
        let mut entries = Entries::open(self.storage.clone()).map_err(Failed::usage)?;
        let size = entries.size().map_err(Failed::usage)?;
        let shown = self.opener.has_subjects();
        let opener = &mut self.opener;
        let mut time_ms = 0;
        let walked = entries.walk(0..size, |index, found| {
            match found {
                Found::Entry(entry) => match opener.record(&entry) {
                    Some((at_ms, Ok(_))) if shown => {
                        time_ms = at_ms;
                        let value = opener.describe(index, &entry);
                        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
                        match value.get("body").filter(|_| value.get("unread").is_none()) {
                            Some(body) => each(index, at_ms, Read::Shown { kind, body }),
                            None => each(index, at_ms, Read::Unreadable),
                        }
                    }
                    Some((at_ms, Ok(record))) => {
                        time_ms = at_ms;
                        each(index, at_ms, Read::Record(&record));
                    }
                    Some((at_ms, Err(_))) => {
                        time_ms = at_ms;
                        each(index, at_ms, Read::Unreadable);
                    }
                    None => missed(index, &entry, &mut each),
                },
                // When it was written is not known any more: not before the one in front of it.
                Found::Hole(_) | Found::Within => each(index, time_ms, Read::Unreadable),
            }
            ControlFlow::Continue(())
        });
        walked.map_err(Failed::usage)?;
        Ok(())
    }

    /// Shows the entries of a range that a filter lets through, until told to stop.
    pub(super) fn each(
        &mut self,
        filter: &Filter,
        range: Range<u64>,
        scan: bool,
        mut show: impl FnMut(&Value) -> bool,
    ) -> Result<Searched, Failed> {
        let mut entries = Entries::open(self.storage.clone()).map_err(Failed::usage)?;
        let size = entries.size().map_err(Failed::usage)?;
        let range = range.start..range.end.min(size);
        // What is personal is found by what stands for it, which differs from quarter to quarter.
        let scan = scan || self.opener.has_subjects();
        // Records are opened to be compared while the index is asked: each needs the keys.
        let opener = std::cell::RefCell::new(&mut self.opener);
        let each = |index, found| {
            let value = match found {
                Found::Entry(entry) => opener.borrow_mut().describe(index, &entry),
                Found::Hole(_) | Found::Within => return ControlFlow::Continue(()),
            };
            if !filter.fits(&value) || show(&value) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        let asked = filter.indexed();
        if scan || asked.is_empty() {
            entries.walk(range, each).map_err(Failed::usage)?;
            return Ok(Searched::default());
        }
        let origin_hash = self.ring.origin().hash();
        let search = Search::open(self.storage.clone(), origin_hash, size);
        let blind = |period, number: usize| {
            let (field, value) = asked.get(number)?;
            Some(opener.borrow_mut().keys(period)?.blind(*field, value.as_bytes()))
        };
        let mut search = search.map_err(Failed::usage)?;
        search.each(range, asked.len(), blind, each).map_err(Failed::usage)
    }

    /// Writes what proves that these are all entries, under the newest checkpoint.
    pub(super) fn prove(
        &mut self,
        range: Option<Range<u64>>,
        question: Option<Question>,
        disclose: bool,
        out: impl Write,
    ) -> Result<Exported, Failed> {
        if question.is_some() && self.opener.has_subjects() {
            let error =
                anyhow!("this ledger holds pseudonyms in place of values that are personal");
            return Err(Failed::usage(error).advice(
                "what a search for a value leaves out cannot be proven here: leave out `--prove`, or prove a range without a condition",
            ));
        }
        let read = |name: &str| read_whole(self.storage.as_ref(), name, NOTE_BYTES_MAX);
        let genesis = read("genesis").map_err(Failed::usage)?;
        let genesis = String::from_utf8(genesis).map_err(Failed::usage)?;
        let checkpoint = Note::parse(&read("checkpoint").map_err(Failed::usage)?);
        let checkpoint = checkpoint.map_err(Failed::usage)?;
        let size = Checkpoint::parse(&checkpoint.text).map_err(Failed::usage)?.size;
        let about = Exporting {
            storage: self.storage.clone(),
            genesis: &genesis,
            checkpoint: &checkpoint,
            range: range.map(|range| range.start..range.end.min(size)),
            question,
        };
        let mut out = BufWriter::new(out);
        let mut shown = Disclosing { opener: &mut self.opener, records: disclose };
        about.write(&mut shown, &mut out).map_err(Failed::usage)
    }
}

/// Tells of records that were lost, where an entry of the ledger's own says so.
fn missed(index: u64, entry: &[u8], each: &mut impl FnMut(u64, u64, Read<'_>)) {
    let Ok((header, payload)) = EntryHeader::parse(entry) else { return };
    if let Ok(Control { act: Act::Gap { count, reason, .. }, .. }) =
        Control::parse(header.kind, payload)
    {
        each(index, header.time_ms, Read::Gap { count, because: &reason });
    }
}

/// The keys that a proof shows.
struct Disclosing<'a> {
    opener: &'a mut Opener,
    records: bool,
}

impl Shown for Disclosing<'_> {
    fn blinded(&mut self, period: u32, question: &Question) -> Option<(Blinded, IndexKey)> {
        let keys = self.opener.keys(period)?;
        Some((keys.blind(question.field, &question.value), keys.shown().clone()))
    }

    fn record_key(&mut self, header: &EntryHeader) -> Option<Secret32> {
        let keys = self.opener.keys(header.period).filter(|_| self.records)?;
        record_key(keys, header).ok()
    }
}
